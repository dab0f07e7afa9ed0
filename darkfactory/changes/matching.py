"""Find which test after a change is which before it, and which function beside the tests."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from darkfactory.changes.cases import Case, Check

_COMMON = re.compile(
    r"Errorf|Fatalf|MagicMock|Mock|Path|Run|all|any|append|approx|beforeEach|describe|dict"
    r"|fixture|float|get|int|isinstance|it|join|len|list|open|parametrize|patch|print|raises"
    r"|range|repr|require|set|skip|sorted|str|sum|test|tuple|type|warns|xfail"
)

_WORD = re.compile(r"[A-Za-z_]\w*+")
Pairs = list[tuple[Case, Case]]
_Key = Callable[[Case], Hashable]


def matched(before: Sequence[Case], after: Sequence[Case]) -> tuple[Pairs, list[Case], list[Case]]:
    """Return which case is which, the cases that are gone, and those that are new."""
    pairs: Pairs = []
    lost, fresh = list(before), list(after)
    for key in (_place, _name, _checked, _called):
        found, lost, fresh = _paired(lost, fresh, key)
        pairs += found
    return pairs, lost, fresh


def _paired(lost: list[Case], fresh: list[Case], key: _Key) -> tuple[Pairs, list[Case], list[Case]]:
    by_key: dict[Hashable, list[Case]] = {}
    for case in fresh:
        by_key.setdefault(key(case), []).append(case)
    pairs, left = [], []
    for case in lost:
        same = by_key.get(key(case)) if key(case) is not None else None
        if same:
            pairs.append((case, same.pop(0)))
        else:
            left.append(case)
    taken = {id(other) for _, other in pairs}
    return pairs, left, [case for case in fresh if id(case) not in taken]


def _place(case: Case) -> Hashable:
    return case.path, case.name, case.is_test


def _name(case: Case) -> Hashable:
    return case.name.rpartition(".")[2], case.is_test


def _checked(case: Case) -> Hashable:
    texts = frozenset(check.text for check in case.checks)
    return (texts, case.is_test) if texts else None


def _called(case: Case) -> Hashable:
    calls = own_calls(case)
    return (case.path, calls, case.is_test) if calls else None


def own_calls(case: Case) -> frozenset[str]:
    """Return what *case* calls, but for what every test calls."""
    return frozenset(name for name in case.calls if not _COMMON.fullmatch(name))


def renamed(before: Sequence[Case], after: Sequence[Case]) -> tuple[Case, ...]:
    """Return *before* with the functions that tests call named as they are *after*."""
    sides = ([one for one in side if not one.is_test and one.name] for side in (before, after))
    names = {
        one.name.rpartition(".")[2]: other.name.rpartition(".")[2]
        for one, other in matched(*sides)[0]
    }
    names = {old: new for old, new in names.items() if old != new and old.isidentifier()}
    return tuple(_with_names(case, names) for case in before) if names else tuple(before)


def _with_names(case: Case, names: dict[str, str]) -> Case:
    if not case.calls & names.keys():
        return case
    checks = tuple(_check_with_names(check, names) for check in case.checks)
    return replace(
        case, checks=checks, calls=frozenset(names.get(name, name) for name in case.calls)
    )


def _check_with_names(check: Check, names: dict[str, str]) -> Check:
    if not check.names & names.keys():
        return check
    text = _WORD.sub(lambda found: names.get(found[0], found[0]), check.text)
    return replace(check, text=text, names=frozenset(names.get(name, name) for name in check.names))
