"""Results as lines of JSON: written, read, and each cell told once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from darkfactory.errors import UsageError
from darkfactory.evals.result import GRADED, CellResult, CheckResult, Judging, RuleSeen, SkillTrace

_MOST = 10**15


class ResultsInvalid(UsageError):
    """A file of results holds a line that is none."""

    code = "evals.results"

    def __init__(self, name: str, line: int, why: str) -> None:
        super().__init__(
            f"{name}:{line}: not a result of a cell: {why}",
            fix="each line is an object with at least scenario, condition, agent and completeness",
        )


class ResultsDiffer(UsageError):
    """One file tells two things of one cell."""

    code = "evals.differ"

    def __init__(self, name: str, cell: CellResult) -> None:
        scenario, condition, agent, repeat = cell.place
        super().__init__(
            f"{name} tells {scenario} {condition} {agent} #{repeat} twice, and differently",
            fix="number the repeats of a cell (`repeat`), or leave the numbers out",
        )


def result_line(result: CellResult) -> str:
    """Return *result* as one line of a results file, its newline included."""
    return json.dumps(asdict(result), separators=(",", ":")) + "\n"


def read_results(text: str, name: str) -> Iterator[CellResult]:
    """Yield the results in *text*; a last line without its newline that is not whole is left out.

    Raises:
        ResultsInvalid: If another line is not a result.
    """
    return results_of(_bodies(text, name), name)


def results_of(bodies: Iterable[tuple[int, object]], name: str) -> Iterator[CellResult]:
    """Yield the results that *bodies* of JSON are, each with its line in the file *name*.

    Those without a number of their repeat are repeats in their order.

    Raises:
        ResultsInvalid: If one is not a result.
    """
    repeats: Counter[tuple[str, str, str, int]] = Counter()
    for line, body in bodies:
        if not isinstance(body, dict):
            raise ResultsInvalid(name, line, "not an object")
        try:
            result = _result(body)
        except (ValueError, TypeError) as error:
            raise ResultsInvalid(name, line, str(error)) from error
        if body.get("repeat") is None:
            repeats[result.place] += 1
            result = replace(result, repeat=repeats[result.place])
        yield result


def distinct(results: Iterable[CellResult], name: str) -> list[CellResult]:
    """Return *results*, those of the file *name*, with each cell that was graded once.

    Raises:
        ResultsDiffer: If two of them tell different things of one cell.
    """
    known: dict[tuple[str, str, str, int], CellResult] = {}
    found = []
    for one in results:
        if one.proves and one.place in known:
            if known[one.place] != one:
                raise ResultsDiffer(name, one)
            continue
        found.append(one)
        if one.proves:
            known[one.place] = one
    return found


def _bodies(text: str, name: str) -> Iterator[tuple[int, object]]:
    lines = text.removeprefix("\ufeff").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                return  # a write that was cut off
            raise ResultsInvalid(name, number, "not JSON") from error


def _result(body: Mapping[str, Any]) -> CellResult:
    loaded, isolated = body.get("skills_loaded"), body.get("isolation_passed")
    block, turns = body.get("block"), body.get("turns")
    return CellResult(
        scenario=_word(body, "scenario"),
        condition=_word(body, "condition"),
        agent=_word(body, "agent"),
        repeat=1 if body.get("repeat") is None else _whole(body["repeat"], "repeat"),
        completeness=_share(body.get("completeness"), "completeness"),
        strict=_yes_or_no(body.get("strict"), "strict"),
        checks=tuple(_check(each) for each in _list(body, "checks")),
        outcome=_text(body, "outcome") or GRADED,
        problem=_text(body, "problem") or "",
        kind=_text(body, "kind") or "task",
        expect_fail=body.get("expect_fail") is True,
        block=None if block is None else _whole(block, "block"),
        isolation_passed=_yes_or_no(isolated, "isolation_passed"),
        skills_loaded=None if loaded is None else tuple(map(str, _list(body, "skills_loaded"))),
        tokens={} if body.get("tokens") is None else _tokens(body["tokens"]),
        cost_usd=_amount(body.get("cost_usd"), "cost_usd"),
        seconds=_amount(body.get("seconds"), "seconds"),
        turns=None if turns is None else _whole(turns, "turns"),
        trace=_trace(body.get("trace")),
        judging=_judging(body.get("judging")),
        session=_text(body, "session"),
        skill=_text(body, "skill"),
        key=_text(body, "key"),
        tree=_text(body, "tree"),
        model=_text(body, "model"),
        model_asked=_text(body, "model_asked"),
        version=_text(body, "version"),
    )


def _text(body: Mapping[str, Any], key: str) -> str | None:
    return None if body.get(key) in (None, "") else _word(body, key)


def _list(body: Mapping[str, Any], key: str) -> Sequence[object]:
    value = body.get(key)
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{key!r} is no list")
    return value or []


def _word(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value):
        return str(value)
    raise ValueError(f"{key!r} is {'missing' if value is None else 'no text'}")


def _whole(value: object, key: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST:
        return value
    raise ValueError(f"{key!r} is no whole number")


def _amount(value: object, key: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST:
        return float(value)
    raise ValueError(f"{key!r} is no amount")


def _share(value: object, key: str) -> float | None:
    amount = _amount(value, key)
    if amount is not None and amount > 1:
        raise ValueError(f"{key!r} is not between 0 and 1")
    return amount


def _yes_or_no(value: object, key: str) -> bool | None:
    if value is None or value in (0, 1):  # which are False and True
        return None if value is None else value == 1
    raise ValueError(f"{key!r} is neither true nor false")


def _check(body: object) -> CheckResult:
    found = body if isinstance(body, dict) else {}
    held, rule = found.get("passed"), found.get("rule")
    if held not in (True, False):
        raise ValueError("a check has no 'id' and 'passed'")
    weight = _amount(found.get("weight", 1.0), "weight") or 0.0
    named = None if rule is None else str(rule)
    why, decided = str(found.get("why") or ""), found.get("decided") is not False
    return CheckResult(_word(found, "id"), bool(held), weight, named, why, decided)


def _judging(body: object) -> Judging | None:
    if body is None:
        return None
    found = _object(body, "judging")
    return Judging(
        _word(found, "agent"),
        tuple(str(each) for each in found.get("checks") or ()),
        _whole(found.get("votes", 0), "judging.votes"),
        _whole(found.get("tokens", 0), "judging.tokens"),
        _amount(found.get("cost_usd"), "judging.cost_usd"),
    )


def _trace(body: object) -> SkillTrace | None:
    if body is None:
        return None
    found = _object(body, "trace")
    opened = found.get("opened")
    rules = _object(found.get("rules") or {}, "trace.rules")
    return SkillTrace(
        None if opened is None else _offsets(opened),
        {str(name): _rule_seen(seen) for name, seen in rules.items()},
        str(found.get("query") or ""),
    )


def _rule_seen(body: object) -> RuleSeen:
    found = _object(body, "a rule of the trace")
    place, kept, offset = (found.get(key) for key in ("place", "kept", "offset"))
    if kept not in (True, False, None):
        raise ValueError("'kept' is neither true nor false")
    return RuleSeen(
        None if place is None else str(place),
        None if kept is None else bool(kept),
        None if offset is None else _whole(offset, "offset"),
    )


def _offsets(body: object) -> dict[str, int]:
    found = _object(body, "trace.opened")
    return {str(path): _whole(offset, "trace.opened") for path, offset in found.items()}


def _object(body: object, key: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ValueError(f"{key!r} is no object")  # noqa: TRY004 - one error for the whole line
    return body


def _tokens(body: object) -> dict[str, int]:
    found = _object(body, "tokens")
    return {str(key): _whole(value, f"tokens.{key}") for key, value in found.items()}
