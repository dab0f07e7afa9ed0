"""Rules about skills that stand beside each other in one library."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from darkfactory.domain.counting import counted
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

ALIKE = 0.6
_WORD = re.compile(r"[a-z][a-z0-9]{2,}")


def alike(skills: Sequence[ParsedSkill]) -> Iterator[tuple[int, Spot]]:
    """Yield place in *skills* and spot of each description that is too much like earlier ones."""
    vectors = _vectors(skills)
    shared: dict[str, list[int]] = defaultdict(list)
    for place, vector in enumerate(vectors):
        near: dict[int, float] = defaultdict(float)
        for word, weight in vector.items():
            for other in shared[word]:
                near[other] += weight * vectors[other][word]
            shared[word].append(place)
        found = [(cosine, -other) for other, cosine in near.items() if cosine > ALIKE]
        if found:
            cosine, other = max(found)
            more = f", and like {counted(len(found) - 1, 'other')}" if len(found) > 1 else ""
            message = (
                f"the description is much like that of {skills[-other].name} ({cosine:.2f}){more}"
            )
            yield place, Spot(message, skills[place].head.line_of("description"))


def _vectors(skills: Sequence[ParsedSkill]) -> list[dict[str, float]]:
    counts = [Counter(_WORD.findall(skill.head.description.lower())) for skill in skills]
    found_in = Counter(word for count in counts for word in count)
    vectors = []
    for count in counts:
        # Plus one: a word that all of two skills have still says that they are alike.
        vector = {
            word: number * (1 + math.log(len(skills) / found_in[word]))
            for word, number in count.items()
        }
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        vectors.append({word: weight / length for word, weight in vector.items()})
    return vectors


ALIKE_RULE = Rule(
    "D007", "no two descriptions of a library are alike",
    "an agent cannot tell which of the two is meant, and loads either or both",
    "say in each what the other one is for, or make one skill of both",
    lambda _: (), around=True,
)  # fmt: skip
