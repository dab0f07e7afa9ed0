"""Results as a log of Inspect (inspect_ai), for its viewer: one log a condition and agent."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from darkfactory.evals.report import latest
from darkfactory.evals.result import CellResult

_NEVER = "1970-01-01T00:00:00+00:00"
_LONGEST_NAME = 80
_METRICS = ("completeness", "strict")


def inspect_logs(results: Iterable[CellResult], *, created: str = _NEVER) -> dict[str, Any]:
    """Return a log by its file name for each condition and agent of *results*.

    Args:
        created: When, with its time zone, as Inspect shows it.
    """
    groups: dict[tuple[str, str], list[CellResult]] = defaultdict(list)
    for one in latest(results):
        groups[one.condition, one.agent].append(one)
    return {
        _file(condition, agent): _log(condition, agent, cells, created)
        for (condition, agent), cells in sorted(groups.items())
    }


def _file(condition: str, agent: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", f"{condition}_{agent}")[:_LONGEST_NAME]
    return f"{plain}_{_id(condition, agent)}.json"


def _log(condition: str, agent: str, cells: Sequence[CellResult], created: str) -> dict[str, Any]:
    scenarios = sorted({one.scenario for one in cells})
    model = next((one.model for one in cells if one.model), None) or agent
    proven = [one for one in cells if one.proves]
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": _id(condition, agent, "eval"),
            "run_id": _id(condition, agent, "run"),
            "created": created,
            "task": condition,
            "task_id": _id(condition, agent, "task"),
            "task_version": 0,
            "dataset": {
                "name": cells[0].skill or "scenarios",
                "samples": len(scenarios),
                "sample_ids": scenarios,
            },
            "model": f"{agent}/{model}",
            "config": {"epochs": max(one.repeat for one in cells)},
        },
        "plan": {"name": "plan", "steps": []},
        "results": {
            "total_samples": len(cells),
            "completed_samples": len(proven),
            "scores": [_score(name, proven) for name in _METRICS if proven],
        },
        "stats": {"started_at": created, "completed_at": created, "model_usage": {}},
        "samples": [_sample(one, model) for one in cells],
    }


def _score(name: str, cells: Sequence[CellResult]) -> dict[str, Any]:
    mean = fmean(float(getattr(one, name) or 0) for one in cells)
    metrics = {"mean": {"name": "mean", "value": round(mean, 6), "params": {}}}
    return {"name": name, "scorer": name, "params": {}, "metrics": metrics}


def _sample(one: CellResult, model: str) -> dict[str, Any]:
    told = "\n".join(f"{check.word}  {check.id}  {check.why}" for check in one.checks)
    body: dict[str, Any] = {
        "id": one.scenario,
        "epoch": one.repeat,
        "input": f"{one.scenario} (session {one.session})",
        "target": "",
        "messages": [],
        "output": {"model": model, "choices": []},
        "scores": {},
        "metadata": {"outcome": one.outcome, "session": one.session, "cost_usd": one.cost_usd},
        "store": {},
        "events": [],
        "model_usage": {},
        "attachments": {},
    }
    if one.proves:
        for name in _METRICS:
            value = float(getattr(one, name) or 0)
            body["scores"][name] = {"value": value, "answer": None, "explanation": told}
    else:
        said = one.problem or one.outcome
        body["error"] = {"message": said, "traceback": "", "traceback_ansi": ""}
    return body


def _id(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:22]
