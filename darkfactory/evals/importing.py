"""Read what other tools call evals: scenarios of agentskills, rows of results of anybody. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.errors import UsageError
from darkfactory.evals.result import CellResult, CheckResult

_SCENARIO = ("scenario", "eval", "eval_id", "task", "task_id")
_CONDITION = ("condition", "mode", "configuration", "suite")
_AGENT = ("agent", "model")
_REPEAT = ("repeat", "run", "run_number", "epoch", "trial")
_SHARE = ("completeness", "pass_rate")
_COST = ("cost_usd", "usd", "cost")
_SECONDS = ("seconds", "wall_s", "duration_s")
_RULES = ("assertions", "expectations")


class ImportInvalid(UsageError):
    """A file that is to be imported is not what it should be."""

    code = "evals.import"

    def __init__(self, name: str, place: str, why: str) -> None:
        where = f"{name} {place}".strip()
        super().__init__(
            f"{where}: {why}",
            fix="it must be evals.json of agentskills, or results: JSON lines or a JSON list",
        )


@dataclass(frozen=True, slots=True)
class ForeignScenario:
    """One entry of agentskills' evals.json. *files* are paths beside that file."""

    id: str
    prompt: str
    expected: str = ""
    files: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()


def read_foreign(text: str, name: str) -> tuple[list[ForeignScenario], list[CellResult]]:
    """Return the scenarios or the results in *text*; one of the two is empty.

    Raises:
        ImportInvalid: If it is neither, or an entry of it is wrong.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = list(_lines(text, name))
    if isinstance(body, dict) and isinstance(body.get("evals"), list):
        return [_scenario(one, name, number) for number, one in enumerate(body["evals"])], []
    rows = body if isinstance(body, list) else [body]
    return [], [_result(row, name, number) for number, row in enumerate(rows, start=1)]


def scenario_files(one: ForeignScenario) -> dict[str, str]:
    """Return the files of a scenario made of *one*, by their names in its folder.

    An assertion is a sentence: a model may judge it and it counts for nothing. A check that counts
    is for a person to write, and until then the scenario says so when it is run.
    """
    checks = [
        {"id": f"a{number}", "weight": 0, "judge": {"rubric": rule}}
        for number, rule in enumerate(one.assertions, start=1)
    ]
    expected = f"# expected: {' '.join(one.expected.split())}\n" if one.expected else ""
    body = {"title": f"Imported: {one.id}", "checks": checks}
    text = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in body.items()
    )
    todo = "# Add a check that counts (docs/checks.md): the sentences below count for nothing.\n"
    return {"scenario.yaml": todo + expected + text, "prompt.md": one.prompt.strip() + "\n"}


def _lines(text: str, name: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ImportInvalid(name, f"line {number}", "not JSON") from error


def _scenario(given: Any, name: str, number: int) -> ForeignScenario:
    place = f"evals[{number}]"
    if not isinstance(given, Mapping):
        raise ImportInvalid(name, place, "not an object")
    prompt = given.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise ImportInvalid(name, place, "has no prompt")
    raw = str(given.get("name") or given.get("id") or number + 1)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", raw).strip("-.")[:60]
    rules: Any = next((given[key] for key in _RULES if key in given), [])
    return ForeignScenario(
        id=plain if plain and not plain.isdecimal() else f"eval-{plain or number + 1}",
        prompt=prompt,
        expected=str(given.get("expected_output") or ""),
        files=tuple(_texts(given.get("files") or [], name, f"{place}.files")),
        assertions=tuple(_texts(rules, name, f"{place}.{_RULES[0]}")),
    )


def _texts(given: Any, name: str, place: str) -> Iterator[str]:
    if not isinstance(given, list):
        raise ImportInvalid(name, place, "must be a list of texts")
    for one in given:
        told = one.get("text") if isinstance(one, Mapping) else one
        if not isinstance(told, str):
            raise ImportInvalid(name, place, "must be a list of texts")
        yield told


def _result(given: Any, name: str, number: int) -> CellResult:
    place = f"row {number}"
    if not isinstance(given, Mapping):
        raise ImportInvalid(name, place, "not an object")
    checks = tuple(_checks(given.get("checks")))
    share, strict = _graded(given, checks)
    if share is None or not 0 <= share <= 1:
        raise ImportInvalid(name, place, "has no completeness between 0 and 1, and nothing for it")
    named = [_word(given, keys) for keys in (_SCENARIO, _CONDITION, _AGENT)]
    if named[0] is None or named[1] is None:
        missing = "scenario" if named[0] is None else "condition"
        raise ImportInvalid(name, place, f"has no {missing}")
    isolated = given.get("isolation_passed")
    return CellResult(
        scenario=named[0],
        condition=named[1],
        agent=named[2] or "agent",
        repeat=int(_number(given, _REPEAT) or 1),
        completeness=share,
        strict=strict,
        checks=checks,
        model=_word(given, ("model",)),
        isolation_passed=isolated if isinstance(isolated, bool) else None,
        cost_usd=_number(given, _COST),
        seconds=_number(given, _SECONDS),
    )


def _graded(given: Mapping[str, Any], checks: Sequence[CheckResult]) -> tuple[float | None, bool]:
    """Return completeness and strict, from whatever of them the row tells."""
    share, passed, total = _number(given, _SHARE), given.get("passed"), given.get("total")
    counted = isinstance(total, int) and total > 0 and isinstance(passed, int)
    if share is None and checks:
        share = sum(check.passed for check in checks) / len(checks)
    if share is None and counted:
        share = int(passed or 0) / int(total or 1)
    told = given.get("strict", passed)
    if isinstance(told, bool):
        return (float(told) if share is None else share), told
    return share, passed == total if counted else share == 1


def _checks(given: Any) -> Iterator[CheckResult]:
    for number, one in enumerate(given if isinstance(given, list) else (), start=1):
        if isinstance(one, list) and len(one) > 1:
            yield CheckResult(str(one[0]), passed=bool(one[1]))
        elif isinstance(one, Mapping):
            name = one.get("id") or one.get("name") or one.get("text") or number
            yield CheckResult(str(name), passed=bool(one.get("passed")))


def _word(given: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    for key in keys:
        value = given.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return None


def _number(given: Mapping[str, Any], keys: Sequence[str]) -> float | None:
    for key in keys:
        value = given.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value)
    return None
