"""Read what other tools call evals: scenarios of agentskills, rows of results of anybody. Pure."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.errors import UsageError
from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import distinct, results_of

_NEEDED = frozenset({"scenario", "condition", "agent", "completeness"})
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
        body = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        body = list(_lines(text, name))
    if isinstance(body, dict) and isinstance(body.get("evals"), list):
        return [_scenario(one, name, number) for number, one in enumerate(body["evals"])], []
    rows = list(enumerate(body if isinstance(body, list) else [body], start=1))
    models = _models(row for _, row in rows)
    told = ((number, _ours(row, name, number, models)) for number, row in rows)
    return [], distinct(results_of(told, name), name)


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
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
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
    rules: Any = next((given[key] for key in _RULES if given.get(key) is not None), [])
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


def _models(rows: Iterable[Any]) -> Mapping[str, set[str]]:
    """Return the models that each agent of *rows* had."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        agent, model = ((row or {}).get(key) for key in _AGENT) if isinstance(row, dict) else (0, 0)
        if isinstance(agent, str) and isinstance(model, str):
            found[agent].add(model)
    return found


def _ours(
    given: Any, name: str, number: int, models: Mapping[str, set[str]]
) -> Mapping[str, object]:
    """Return a row in the words of ours; one that has them keeps all else that it says."""
    place = f"row {number}"
    if not isinstance(given, dict):
        raise ImportInvalid(name, place, "not an object")
    is_ours = given.keys() >= _NEEDED
    checks = list(_checks(given.get("checks")))
    share, strict = _graded(given, checks)
    if share is None and not is_ours:
        raise ImportInvalid(name, place, "has no completeness between 0 and 1, and nothing for it")
    named = {"scenario": _first(given, _SCENARIO), "condition": _first(given, _CONDITION)}
    for key, value in named.items():
        if value is None:
            raise ImportInvalid(name, place, f"has no {key}")
    agent, model = given.get("agent"), given.get("model")
    if not is_ours and len(models.get(str(agent), ())) > 1 and model:
        agent = f"{agent} {model}"  # one program with several models is several agents
    return {
        **(given if is_ours else {}),
        **named,
        "agent": agent or model or "agent",
        "repeat": _first(given, _REPEAT),
        "completeness": share,
        "strict": strict,
        "checks": checks,
        "model": model,
        "isolation_passed": given.get("isolation_passed"),
        "cost_usd": _first(given, _COST),
        "seconds": _first(given, _SECONDS),
    }


def _graded(given: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    """Return completeness and strict, from whatever of them the row tells."""
    share, passed, total = _first(given, _SHARE), _count(given, "passed"), _count(given, "total")
    if share is None and checks:
        share = sum(check["passed"] is True for check in checks) / len(checks)
    if share is None and passed is not None and total:
        share = passed / total
    told = given.get("strict", given.get("passed"))
    if "strict" in given or isinstance(told, bool):
        return (float(told) if share is None and isinstance(told, bool) else share), told
    return share, passed == total if passed is not None and total else _whole_share(share)


def _whole_share(share: object) -> bool | None:
    return None if share is None else share == 1


def _count(given: Mapping[str, Any], key: str) -> int | None:
    value = given.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _checks(given: Any) -> Iterator[Mapping[str, Any]]:
    for number, one in enumerate(given if isinstance(given, list) else (), start=1):
        if isinstance(one, list) and len(one) > 1:
            yield {"id": one[0], "passed": one[1]}
        elif isinstance(one, Mapping):
            name = _first(one, ("id", "name", "text"))
            yield {**one, "id": name or number, "passed": one.get("passed")}


def _first(given: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """Return what *given* has by the first of *keys* that it has anything by, else None."""
    return next((given[key] for key in keys if given.get(key) not in (None, "")), None)
