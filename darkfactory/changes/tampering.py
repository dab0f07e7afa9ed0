"""Tests that a change takes away, keeps from running, or makes say less: each with its place.

Tests are compared one by one. What moved, was renamed, or was drawn together into a test with
parameters is found again by what it calls and checks, and is no loss.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from darkfactory.changes.became import becomes
from darkfactory.changes.cases import Case, Check, Sign, shown
from darkfactory.changes.checks_python import is_wide
from darkfactory.changes.matching import Pairs, matched, own_calls, renamed
from darkfactory.changes.tests_read import Tests

_BROAD = re.compile(
    r"(?:\w+\.)*(?:Exception|BaseException|Throwable|StandardError)(?:(?:\.|::)class)?"
)
_FINE_CONDITION = "fine where the test cannot hold in such surroundings"
_FINE_VALUE = "fine where the change is meant to alter it, or the old value was wrong"
_MOST_SEARCHED = 200_000
_FINE_GUARDED = "fine where the other times are checked, too"
_FINE_UNREAD = "fine where it is in what is not read"
_FINE_SPREAD = "fine where the new tests that call the same hold what it held"
_FINE_NARROWED = "fine where it only told a type"


def tampering(tests: Tests, gone: frozenset[str], *, is_whole: bool = True) -> tuple[Sign, ...]:
    """Return what *tests* lose, by path and line; of what is gone the old line is told.

    Args:
        gone: The names that the change takes out of the code; their tests may go with them.
        is_whole: Whether all tests of the change were read; else one that is gone may have moved.
    """
    after = tests.after
    before = renamed(tests.before, after)
    pairs, lost, fresh = matched(before, after)
    weights = {case.name.rpartition(".")[2]: case.weight for case in after if not case.is_test}
    gained = _texts(fresh)
    for one, other in pairs:
        gained.update(_texts([other]) - _texts([one]))
    moved = gained - _texts(lost)
    lost, fresh = ([one for one in side if one.is_test] for side in (lost, fresh))
    comparing = _Comparing(gone, weights, moved)
    found = [sign for one, other in pairs for sign in comparing.signs(one, other)]
    through = {case.name: case.calls for case in after if not case.is_test and case.name}
    room = [
        _Room(frozenset(case.calls.union(*(through.get(name, ()) for name in case.calls))), amount)
        for case, amount in _room(pairs, fresh, comparing)
    ]
    weighed = [(case, comparing.amount(case)[0]) for case in lost]
    called = frozenset((case.path, name) for case in after for name in case.calls)
    lost_tests = _gone_tests(weighed, room, gone, called)
    found += lost_tests if is_whole else (replace(one, fine=_FINE_UNREAD) for one in lost_tests)
    found += _shadowed(before, after)
    found.sort(key=lambda sign: (bool(sign.fine), sign.path, sign.line))
    return tuple(dict.fromkeys(found))


def _texts(cases: Iterable[Case]) -> Counter[str]:
    return Counter(check.text for case in cases for check in case.checks if not check.flaw)


def _room(
    pairs: Pairs, fresh: Iterable[Case], comparing: "_Comparing"
) -> Iterator[tuple[Case, int]]:
    """Yield the tests that are new or check more than before, and how much more."""
    yield from ((case, comparing.amount(case)[0]) for case in fresh)
    for one, other in pairs:
        more = comparing.amount(other)[0] - comparing.amount(one)[0]
        if other.is_test and more > 0:
            yield other, more


def _gone_tests(
    lost: Iterable[tuple[Case, int]],
    left: list["_Room"],
    gone: frozenset[str],
    called: frozenset[tuple[str, str]],
) -> Iterator[Sign]:
    """Yield the tests of *lost* that no other has taken over.

    Args:
        lost: Each with how many values it pinned.
        left: The tests that check something new.
        gone: Names that the code does not have any more.
        called: Paths, each with a name that is called or defined there after the change.
    """
    searched = 0
    for case, weight in lost:
        calls = own_calls(case)
        if not weight or _never_ran(case) or calls & gone:
            continue
        if not case.path.endswith(".py") and (case.path, case.name) in called:
            yield Sign(case.path, case.line, f"is no test any more: {shown(case.name)!r}")
            continue
        searched += len(left)
        among = left if searched <= _MOST_SEARCHED else []
        takers = _takers(among, weight, calls)
        if len(takers) != 1:
            words = f", which checks {case.checks[0].text!r}"
            why = f"takes away the test {shown(case.name)!r}{words}"
            yield Sign(case.path, case.line, why, _FINE_SPREAD if takers else "")
        _spend(takers, weight)
        left = [one for one in left if one.amount > 0] if takers else left


@dataclass(slots=True)
class _Room:
    """What a test calls, by itself or through a function, and how much it checks that is new."""

    calls: frozenset[str]
    amount: int


def _takers(among: Sequence[_Room], weight: int, calls: frozenset[str]) -> list[_Room]:
    """Return what may have taken over a test of *weight*: one if one has the room, or several."""
    alike = [one for one in among if not calls or calls & one.calls]
    whole = next((one for one in alike if one.amount >= weight), None)
    if whole is not None:
        return [whole]
    return alike if calls and sum(one.amount for one in alike) >= weight else []


def _spend(takers: Iterable[_Room], weight: int) -> None:
    for one in takers:
        taken = min(one.amount, weight)
        one.amount -= taken
        weight -= taken


def _never_ran(case: Case) -> bool:
    return any(not skip.conditional for skip in case.skips)


def _shadowed(before: Sequence[Case], after: Sequence[Case]) -> Iterator[Sign]:
    """Yield the Python tests that take the name, and so the place, of another one."""
    known = Counter((case.path, case.name) for case in before)
    seen: Counter[tuple[str, str]] = Counter()
    for case in after:
        key = (case.path, case.name)
        seen[key] += 1
        is_second = seen[key] > max(1, known[key])
        if is_second and case.is_test and case.path.endswith(".py"):
            yield Sign(case.path, case.line, f"hides another test that is called {case.name!r}")


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Compares a test with what has become of it.

    *helpers* says how much the functions check that tests call for it, *moved* what is checked at
    more places than before.
    """

    gone: frozenset[str]
    helpers: dict[str, int]
    moved: Counter[str]

    def signs(self, one: Case, other: Case) -> Iterator[Sign]:
        yield from self._skipped(one, other)
        yield from self._rows(one, other)
        yield from _guarded(one, other)
        fewer = all(
            now < was for was, now in zip(self.amount(one), self.amount(other), strict=True)
        )
        for check, now in becomes(one.checks, other.checks):
            if check.flaw or check.names & self.gone:
                continue
            if self.moved[check.text] > 0:
                self.moved[check.text] -= 1
                continue
            why, fine = _told(check, now, fewer=fewer)
            if why:
                yield Sign(other.path, now.line if now else other.line, why, fine)

    def amount(self, case: Case) -> tuple[int, int]:
        """Return how many values *case* pins, and by how many checks."""
        alive = [check for check in case.checks if not check.flaw]
        of_helpers = [self._of_helpers(check) for check in alive]
        values = sum(max(one.weight, *more) for one, more in zip(alive, of_helpers, strict=True))
        times = max(1, len(case.rows))
        return values * times, sum(map(max, of_helpers)) * times

    def _of_helpers(self, check: Check) -> list[int]:
        return [1, *(self.helpers[name] for name in check.names if name in self.helpers)]

    def _skipped(self, one: Case, other: Case) -> Iterator[Sign]:
        if len(other.skips) <= len(one.skips):
            return
        known = {skip.text for skip in one.skips}
        for skip in other.skips:
            if skip.text not in known:
                why = f"keeps tests from running, or from failing: {shown(skip.text)!r}"
                yield Sign(other.path, skip.line, why, _FINE_CONDITION if skip.conditional else "")

    def _rows(self, one: Case, other: Case) -> Iterator[Sign]:
        kept = set(other.rows)
        missing = [row for row in one.rows if row not in kept]
        if "" in one.rows or not other.rows or len(other.rows) >= len(one.rows):
            return
        why = f"tests {len(other.rows)} cases of {len(one.rows)}, without {shown(missing[0])!r}"
        if missing and self.amount(other)[0] < self.amount(one)[0]:
            yield Sign(other.path, other.line, why)


def _guarded(one: Case, other: Case) -> Iterator[Sign]:
    """Yield the checks that are made only on a condition now."""
    plain = {check.text for check in other.checks if not check.guarded}
    before = {check.text for check in one.checks if not check.guarded and not check.flaw}
    for check in other.checks:
        if check.guarded and not check.flaw and check.text in before - plain:
            yield Sign(
                other.path, check.line, f"checks only at times: {check.text!r}", _FINE_GUARDED
            )


def _told(check: Check, now: Check | None, *, fewer: bool) -> tuple[str, str]:
    """Return in words what is lost with *check*, empty for nothing, and when that is fine."""
    if now is None:
        fine = _FINE_NARROWED if check.narrows else ""
        return (f"checks no longer: {check.text!r}", fine) if fewer else ("", "")
    change = f"{now.text!r} in place of {check.text!r}"
    if now.flaw and check.text == now.text:
        return f"{now.text!r} {now.flaw}", ""
    if now.flaw:
        return (f"{change} {now.flaw}", "") if fewer else ("", "")
    if is_wide(now.tolerance, check.tolerance):
        return f"checks less exactly: {change}", ""
    if check.expected and now.expected and check.about and check.about == now.about:
        return _of_value(check, now, change)
    tells = check.expected not in ("", "True", "False")
    if tells and check.about == now.about and not now.expected:
        return f"checks less strictly: {change}", ""
    return (f"checks less strictly: {change}", "") if now.rank < check.rank else ("", "")


def _of_value(check: Check, now: Check, change: str) -> tuple[str, str]:
    """Return what it means that the same thing is held against another value."""
    if check.expected == now.expected or _BROAD.fullmatch(check.expected):
        return "", ""
    was, told = (set(side.expected.split(", ")) for side in (check, now))
    if told < was or any(_BROAD.fullmatch(one) for one in told - was):
        return f"checks less strictly: {change}", ""
    return f"expects another value: {change}", _FINE_VALUE
