"""A factory in which everything that the page can show is there at once."""

import json
from pathlib import Path
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from tests.fakes.factories import CALC, Factory, edit_calc, make_factory

LONG_ITEM = "A title that is as long as people write them when they paste a whole sentence into it"
_LANES = """\
version: 1
harness: {command: "python3 -c 'import calc'", timeout: 1m}
limits: {lanes: 8, brain_space: 20, tokens: 5M}
agents:
  mock: {kind: mock, script: mock.yaml}
lanes:
  bugs:
    match: {labels: [bug]}
    agent: mock
    sessions: 8
    budget: {tokens: 400k}
    owns: ["*.py", "docs/**"]
    taste: ["Would I maintain this?", "Is it the smallest change?"]
  careful: {match: {labels: [care]}, agent: mock, sessions: 4, autonomy: suggest, silence: 10m}
  questions: {match: {labels: [question]}, agent: mock, autonomy: observe}
"""
_FUNCTION = '''def {name}(values: list[float]) -> float:
    """Return the {name} of *values*; 0 where there are none."""
    return {body}
'''
_SLOW = 600
_LOOK = [{"read": "{cwd}/calc.py"}]


def _write(path: str, content: str) -> dict[str, Any]:
    return {"write": {"path": f"{{cwd}}/{path}", "content": content}}


def _script() -> dict[str, Any]:
    mean = _FUNCTION.format(name="mean", body="sum(values) / len(values) if values else 0.0")
    flagged = {"do": [{"shell": "echo '# faster' >> lanes.yaml"}, _write("notes.txt", "x\n")]}
    work = [
        {
            "think": "The test names the case; the loop looks right, the bound does not.",
            "say": "Reading the code first.",
            "do": [{"read": "{cwd}/calc.py"}],
        },
        {
            "say": "The test shows the fault: an empty list divides by zero.",
            "do": [{"shell": "python3 -c 'print(1)\nprint(2)'"}, {"shell": "python3 -m no_such"}],
            "usage": {"input": 52_000, "output": 900},
        },
        {"do": [_write("mean.py", mean)], "sleep": _SLOW},
        {"say": "Done."},
    ]
    return {
        "sessions": [
            edit_calc("add-sums"),
            {
                "marker": "mean-empty",
                "turns": [
                    {"do": [_write("mean.py", mean), {"shell": "python3 -c 'import mean'"}]},
                    {
                        "say": "Added mean in mean.py. All tests pass.\n\n"
                        "No other files are touched. Open: median has the same question."
                    },
                ],
            },
            {"marker": "faster-checks", "turns": [flagged, {"say": "I only changed notes.txt."}]},
            {"marker": "live-mean", "turns": work},
            {
                "marker": "live-idle",
                "turns": [{"say": "Looking.", "do": _LOOK, "sleep": _SLOW}, {"say": "."}],
            },
            {
                "marker": "tidy-cache",
                "turns": [{"say": "It wants a look at the cache.", "do": [{"shell": "du -sh ."}]}],
            },
        ],
        "default": {"turns": [{"say": "There is nothing to do."}]},
    }


def _item(name: str, title: str, label: str) -> dict[str, Any]:
    return {"id": name, "title": title, "labels": [label], "done_when": "true"}


_FIRST = [
    _item("add-sums", "add gives the difference", "bug"),
    _item("mean-empty", "mean of no values fails", "bug"),
    _item("faster-checks", "Checks take too long", "bug"),
]
_THEN = [
    *_FIRST,
    _item("live-mean", LONG_ITEM, "bug"),
    _item("live-idle", "variance of one value", "bug"),
    _item("tidy-cache", "Tidy what tests leave behind", "care"),
    _item("why-slow", "Why is the first start slow?", "question"),
]


def showcase(folder: Path) -> Factory:
    """Make the factory: three changes at the gate, one of them flagged, and sessions at work.

    ``s-live-mean-1`` works, ``s-tidy-cache-1`` asks for an approval, ``s-review`` is somebody
    else's and has been looping.
    """
    files = {"calc.py": CALC, "docs/guide.md": "# Guide\n"}
    factory = make_factory(folder, _script(), _FIRST, lanes=_LANES, files=files)
    factory.df("run", expect=None)
    (factory.root / "backlog.yaml").write_text(json.dumps(_THEN))
    factory.df("triage")
    factory.start("run")
    factory.wait_for("approval.requested", "s/s-tidy-cache-1")
    factory.wait_for("file.changed", "s/s-live-mean-1")
    _visit(factory)
    return factory


def _visit(factory: Factory) -> None:
    """Write the log of a session from elsewhere: sub-agents, a loop, a failing harness."""
    run = {"kind": "shell", "name": "shell", "command": "pytest -q tests/test_api.py", "paths": []}
    failed = {"status": "failed", "exit_code": 1, "output": "E   TimeoutError\n1 failed in 30.11s"}
    signal = {"name": "loop", "because": "the same command failed 4 times with the same output"}
    events = [
        Event("session.started", {"item": "review", "title": "Review of the API", "attempt": 1}),
        Event("message", {"role": "user", "text": "Review the API client."}),
        Event("message", {"role": "assistant", "text": "3 of 12 files are read."}, agent="reader"),
    ]
    for number in range(4):
        call = {"call": f"c{number}"}
        events.append(Event("tool.started", {**call, **run}, agent="reviewer"))
        events.append(Event("tool.finished", {**call, **failed, "ms": 30_110}, agent="reviewer"))
    harness = {"result": "fail", "failing": ["tests/test_api.py::test_retry"], "seconds": 31}
    scored = {"score": 0.62, "risk": 0.2, "action": "warn", "signals": [signal]}
    before = {**scored, "score": 0.31, "action": "none"}
    events += [Event("waffle.scored", before), Event("harness.finished", harness)]
    events.append(Event("waffle.scored", scored))
    events.append(Event("warning", {"text": "the model answered late"}))
    Stream(factory.state.streams, "s/s-review").append(events)
