"""The skills as the landed base holds them: what a retro reads, and what it proposes to change."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from darkfactory.domain.digest import short_hash
from darkfactory.domain.skill import UNVERSIONED, NonNegotiable
from darkfactory.retro.case import Case, Rule
from darkfactory.retro.wording import key_of
from darkfactory.skills.frontmatter import Head, read_head
from darkfactory.skills.remedy import LATE, TOP
from darkfactory.skills.sidecar import Sidecar, read_sidecar

_EARLY_SHARE = 0.6
_EARLY, _LATEST = 10, 300
_WORD = re.compile(r"[a-z0-9_]{3,}")
_FEWEST_SHARED = 2
# fmt: off
_FILLERS = frozenset({
    "all", "always", "and", "any", "are", "because", "but", "can", "for", "from", "has",
    "have", "into", "make", "may", "must", "never", "not", "one", "only", "other", "that",
    "the", "them", "they", "this", "use", "what", "when", "where", "which", "who", "with",
    "without", "you", "your",
})
# fmt: on

Shelf = Mapping[str, "Shelved"]


@dataclass(frozen=True)
class Shelved:
    """One skill: its SKILL.md, its df.yaml (empty if there is none), its other texts by path."""

    name: str
    text: str
    side: str = ""
    references: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def head(self) -> Head:
        """What SKILL.md says of itself."""
        return read_head(self.text.encode("utf-8", "surrogatepass"), self.name)

    @cached_property
    def sidecar(self) -> Sidecar:
        """What df.yaml says."""
        return read_sidecar(self.side)

    @property
    def version(self) -> str:
        """The version that it says it has, ``0`` if it says none."""
        return self.sidecar.version or self.head.version or UNVERSIONED

    @cached_property
    def digest(self) -> str:
        """A hash of all its texts: another edit of any of them, and it is another one."""
        held = {"": self.side, **self.references}
        texts = [self.text, *(f"{path}\0{held[path]}" for path in sorted(held))]
        return short_hash("\0".join(texts))

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of name, description and body."""
        return frozenset(_WORD.findall(f"{self.name} {self.text}".lower()))

    def says(self, text: str) -> bool:
        """Tell whether SKILL.md holds the wish of *text* already, in these words."""
        return f" {key_of(text)} " in f" {_folded(self.text)} "

    def place_of(self, rule: NonNegotiable) -> str:
        """Return where *rule* stands: ``top``, ``late``, a reference's path, or nowhere (empty)."""
        lines = self.head.lines[self.head.body :]
        at = next((at for at, line in enumerate(lines) if holds(line, rule)), None)
        if at is not None:
            early = at <= max(_EARLY, min(_LATEST, _EARLY_SHARE * len(lines)))
            return TOP if early else LATE
        found = (path for path, text in sorted(self.references.items()) if holds(text, rule))
        return next(found, "")


def holds(text: str, rule: NonNegotiable) -> bool:
    marked = f"[{rule.id}]" in text or f"nn:{rule.id} " in text
    return marked or f" {key_of(rule.text)} " in f" {_folded(text)} "


def _folded(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.casefold()).strip()


def skill_for(cases: Iterable[Case], shelf: Shelf, words: str) -> str:
    """Return the skill on *shelf* that most of *cases* had and that *words* are nearest to.

    Empty where no skill was there in half of them.
    """
    held = [set(case.skills) & set(shelf) for case in cases]
    names = {name for skills in held for name in skills}
    common = [name for name in names if 2 * sum(name in skills for skills in held) >= len(held)]
    asked = set(_WORD.findall(words.lower()))
    return min(common, key=lambda name: (-len(asked & shelf[name].words), name), default="")


def spoken_of(skill: Shelved, text: str) -> list[str]:
    """Return what a person has to see: which non-negotiables of *skill* the words *text* are about.

    They name it, or hold most of its words: they may say the opposite.
    """
    said = _matter(text)
    return [
        f"speaks of {rule.id}"
        for rule in skill.sidecar.non_negotiables
        if rule.id in text or _is_about(said, _matter(rule.text))
    ]


def _is_about(said: frozenset[str], rule: frozenset[str]) -> bool:
    shared = len(said & rule)
    return shared >= _FEWEST_SHARED and 2 * shared >= len(rule)


def _matter(text: str) -> frozenset[str]:
    """Return the words of *text* that say what it is about, in the singular."""
    words = _WORD.findall(text.lower())
    return frozenset(re.sub(r"(?<!s)s$", "", word) for word in words) - _FILLERS


def rules_of(shelf: Shelf) -> dict[Rule, NonNegotiable]:
    """Return each non-negotiable by its skill and id: two skills may have one id."""
    return {
        (name, rule.id): rule
        for name in sorted(shelf)
        for rule in shelf[name].sidecar.non_negotiables
    }
