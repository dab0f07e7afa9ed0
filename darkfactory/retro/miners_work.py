"""What sessions did again and again: M2 unread skills, M4 errors, M7, M8 scripts, M10, M12."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from statistics import median

from darkfactory.retro.case import Case, Ran, telling_lanes
from darkfactory.retro.finding import Finding, Seen, commonest, find
from darkfactory.retro.history import Fate
from darkfactory.retro.shelf import Shelf, skill_for
from darkfactory.retro.wording import one_line
from darkfactory.waffle.purpose import Purpose, moves_files, purpose_of

_FEWEST_FAILS = 3
_FEWEST_SEEN = 2
_FEWEST_PAIRED = 5
_OUTLIER = 1.3
_MISSING = re.compile(
    r"(?<![\w./+-])([\w./+-]+)['\"]?: (?:command )?not found\b(?!: \S)"
    r"|command not found: ([\w./+-]+)"
)
_OLD = re.compile(r"\b(?:is deprecated|has been removed)")
_NEAR = 60
_NAME = re.compile(r"[\w./+-]+")
_NAMED = r"(?<![\w./-]){}(?![\w/-])"
_PARTS = re.compile(r"[|;&()]+")
_BEFORE = re.compile(r"^(?:(?:\w+=\S*|sudo|env|exec|time|nohup)\s+)+")
_ALIKE = 0.7
_GOOD = frozenset({Fate.LANDED, Fate.REPORTED})


def unread_skills(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M2: skills that sessions were given and did not open, where their agents tell so."""
    telling = telling_lanes(cases)
    for name in sorted(shelf):
        had = [case for case in cases if name in case.skills and case.sitting.lane in telling]
        unread = [case for case in had if not case.has_read(name)]
        if len(unread) * 2 > len(had):
            seen = [(case, case.at(case.started)) for case in unread]
            said = f"{len(unread)} of {len(had)} sessions were given {name} and never opened it"
            yield find("M2", name, "unread", said, seen)


def same_errors(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M4: a command that fails alike in several sessions, and what they then did about it.

    Where they did not do the same there is nothing to tell.
    """
    seen: dict[tuple[str, str], list[tuple[Case, int]]] = defaultdict(list)
    for case in cases:
        for place, one in enumerate(case.ran):
            if one.error and not one.script and not _looks(one.command):
                seen[one.command, one.error].append((case, place))
    for (command, error), found in seen.items():
        cure = _agreed(found)
        sessions = {case.sitting.session for case, _ in found}
        if len(found) < _FEWEST_FAILS or len(sessions) < _FEWEST_SEEN or not cure:
            continue
        skill = skill_for([case for case, _ in found], shelf, command)
        said = f"`{one_line(command)}` failed {len(found)} times with {error!r}"
        said += f", until `{one_line(cure)}`"
        places = [(case, case.at(case.ran[place].offset)) for case, place in found]
        yield find("M4", skill, f"{command}\n{error}", said, places)


def pair_of(finding: Finding, cases: Sequence[Case]) -> tuple[str, str, str]:
    """Return the command, the error and the cure that a finding of M4 is about."""
    command, _, error = finding.anchor.partition("\n")
    found = [
        (case, place)
        for case in cases
        for place, one in enumerate(case.ran)
        if (one.command, one.error) == (command, error)
    ]
    return command, error, _agreed(found)


def _agreed(found: Sequence[tuple[Case, int]]) -> str:
    """Return what helped in two sessions or more, and in half of those in which anything did."""
    cures: dict[str, set[str]] = defaultdict(set)
    for case, place in found:
        cure = cure_of(case, place)
        if cure:
            cures[cure].add(case.sitting.session)
    best = min(cures, key=lambda cure: (-len(cures[cure]), cure), default="")
    helped = set().union(*cures.values())
    enough = best and len(cures[best]) >= max(_FEWEST_SEEN, len(helped) / 2)
    return best if enough else ""


def cure_of(case: Case, place: int) -> str:
    """Return the last command before the failed one at *place* passed, or its form that passed.

    Empty where it never passed, or where only edits, looks and scripts lay between.
    """
    failed, between = case.ran[place], ""
    for one in case.ran[place + 1 :]:
        if one.error is not None:
            continue
        if one.command == failed.command:
            return between
        if not one.script and _is_form_of(one.command, failed.command):
            return one.command
        if not (_looks(one.command) or moves_files("shell", one.command)):
            between = "" if one.script else one.command
    return ""


def _is_form_of(command: str, other: str) -> bool:
    """Tell whether two commands run the same thing in other words."""
    return SequenceMatcher(None, command, other, autojunk=False).ratio() >= _ALIKE


def doubts_by_skill(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M7: sessions with one skill that were steered or nuked for the same signal."""
    for name in sorted(shelf):
        found: dict[str, list[Seen]] = defaultdict(list)
        for case in cases:
            for signal, offset in case.doubts.items() if name in case.skills else ():
                found[signal].append((case, case.at(offset)))
        for signal, seen in found.items():
            if len(seen) >= _FEWEST_SEEN:
                had = sum(name in case.skills for case in cases)
                said = (
                    f"{len(seen)} of {had} sessions with {name} were steered or nuked for {signal}"
                )
                yield find("M7", name, signal, said, seen)


def same_scripts(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M8: one script that several sessions wrote anew, word for word, under any name."""
    seen: dict[str, list[tuple[Case, str, int]]] = defaultdict(list)
    for case in cases:
        for (name, digest), offset in case.written.items():
            seen[digest].append((case, name, offset))
    for digest, found in seen.items():
        if len({case.sitting.item for case, _, _ in found}) >= _FEWEST_SEEN:
            name = commonest(name for _, name, _ in found)
            skill = skill_for([case for case, _, _ in found], shelf, name)
            sessions = len({case.sitting.session for case, _, _ in found})
            said = f"{sessions} sessions wrote the same {one_line(name)!r}: a skill could bring it"
            yield find("M8", skill, digest, said, [(c, c.at(at)) for c, _, at in found])


def stale_words(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M10: commands that a skill names and that are gone, or told to be on their way out."""
    seen: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    ran = ((case, one) for case in cases for one in case.ran if not one.script)
    gone = ((case, one.offset, program) for case, one in ran for program in _gone(one))
    for case, offset, program in gone:
        named = re.compile(_NAMED.format(re.escape(program)))
        for name in set(case.skills) & set(shelf):
            if named.search(shelf[name].text):
                seen[name, program].append((case, case.at(offset)))
    for (name, program), found in seen.items():
        said = f"{program}, which {name} names, is missing or deprecated where sessions ran it"
        yield find("M10", name, program, said, found)


def _gone(ran: Ran) -> Iterator[str]:
    """Yield the programs of a command that its output calls missing, or on their way out."""
    told = {found[1] or found[2] for found in _MISSING.finditer(ran.output)}
    for old in _OLD.finditer(ran.output):
        line = ran.output[max(0, old.start() - _NEAR) : old.start()].rpartition("\n")[2]
        told.update(_NAME.findall(line))
    parts = (_BEFORE.sub("", part.strip()) for part in _PARTS.split(ran.command) if told)
    programs = dict.fromkeys(part.split(" ", 1)[0] for part in parts)
    yield from (program for program in programs if program in told)


def dear_skills(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M12: skills whose sessions use more tokens than others of their lane, and land no more.

    An association, not a cause: harder items may ask for the skill.
    """
    for name in sorted(shelf):
        lanes = {case.sitting.lane for case in cases if name in case.skills}
        arms: dict[bool, list[Case]] = {True: [], False: []}
        for case in cases:
            if case.sitting.lane in lanes and case.sitting.tokens is not None:
                arms[name in case.skills].append(case)
        if min(map(len, arms.values())) < _FEWEST_PAIRED:
            continue
        dear, cheap = (median(_tokens(case) for case in arms[given]) for given in (True, False))
        good, bad = (_good(arms[given]) for given in (True, False))
        if cheap and dear > _OUTLIER * cheap and good <= bad:
            seen = [(case, case.at(case.started)) for case in arms[True]]
            said = (
                f"sessions with {name} use {dear / cheap:.1f} times the tokens of others in their"
            )
            said += " lane and land no more often"
            yield find("M12", name, "tokens", said, seen)


def _tokens(case: Case) -> int:
    return case.sitting.tokens or 0


def _good(cases: Sequence[Case]) -> float:
    return sum(case.sitting.fate in _GOOD for case in cases) / len(cases)


def _looks(command: str) -> bool:
    return purpose_of("shell", "", command) is not Purpose.RUN
