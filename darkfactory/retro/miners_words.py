"""What people had to say more than once: M5 by steers, M6 by verdicts at the gate."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from darkfactory.retro.case import Case, Word
from darkfactory.retro.finding import Finding, Seen, commonest, find
from darkfactory.retro.shelf import Shelf, skill_for
from darkfactory.retro.wording import key_of, one_line

_FEWEST_WORDS = 2
_FEWEST_WIDE = 4
_FEWEST_SEEN = 2


def repeated_words(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield a finding for each wish that people had in two sessions or more."""
    for miner, verdict in (("M5", False), ("M6", True)):
        wishes: dict[str, list[tuple[Case, Word]]] = defaultdict(list)
        for case in cases:
            for word in case.words:
                key = key_of(word.text)
                if word.verdict is verdict and _is_wish(key):
                    wishes[key].append((case, word))
        for key, said in wishes.items():
            if len({case.sitting.session for case, _ in said}) >= _FEWEST_SEEN:
                yield _finding(miner, key, said, shelf)


def _is_wish(key: str) -> bool:
    """Tell whether words are enough to be a wish; wide scripts put no blanks between theirs."""
    wide = sum(east_asian_width(letter) in "WF" for letter in key)
    return len(key.split()) >= _FEWEST_WORDS or wide >= _FEWEST_WIDE


def wording_of(finding: Finding, cases: Sequence[Case]) -> str:
    """Return the commonest wording of the wish that *finding* is about."""
    return commonest(
        one_line(word.text)
        for case in cases
        for word in case.words
        if word.verdict is (finding.miner == "M6") and key_of(word.text) == finding.anchor
    )


def _finding(miner: str, key: str, said: list[tuple[Case, Word]], shelf: Shelf) -> Finding:
    seen: list[Seen] = [(case, case.at(word.offset)) for case, word in said]
    skill = skill_for([case for case, _ in said], shelf, key)
    sessions = len({case.sitting.session for case, _ in said})
    people, days = {word.by for _, word in said}, {word.day for _, word in said}
    once = " (one person on one day)" if len(people) == len(days) == 1 else ""
    wording = commonest(one_line(word.text) for _, word in said)
    what = f"people told {sessions} sessions" if miner == "M5" else f"{sessions} went back with"
    return find(miner, skill, key, f"{what} {wording!r}{once}", seen)
