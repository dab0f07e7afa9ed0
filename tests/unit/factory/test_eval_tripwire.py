"""The tripwire: which logs show that a session saw what was hidden from it."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.evals.scenario import Scenario
from darkfactory.factory.eval_tripwire import is_isolated

WORDS = "df-tripwire-0f3a"
SCENARIO = Scenario("s", Path("/repo/skills/x/evals/s"), "p", ())
TEST = "/repo/skills/x/evals/s/hidden/test_it.py"


def call(kind: str, status: str, **told: Any) -> list[Event]:
    return [
        Event("tool.started", {"call": "c", "kind": kind, **told}),
        Event("tool.finished", {"call": "c", "status": status}),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [Event("tool.output", {"call": "c", "delta": f"x {WORDS} y"})],
        [Event("message", {"role": "assistant", "text": f"I found {WORDS}"})],
        call("read", "ok", paths=[TEST]),
        call("shell", "ok", command=f"cat {TEST}"),
        call("search", "ok", paths=["/repo/skills/x/evals/s/hidden"]),
    ],
)
def test_whoever_says_the_words_or_opened_the_hidden_part_was_not_isolated(
    events: list[Event],
) -> None:
    assert not is_isolated(events, WORDS, SCENARIO)


@pytest.mark.parametrize(
    "events",
    [
        [],
        call("read", "ok", paths=["a.py"]),
        call("read", "failed", paths=[TEST]),  # the fence kept it out
        call("write", "ok", paths=["hidden/test_it.py"]),  # its own folder of that name
    ],
)
def test_whoever_tried_in_vain_or_did_other_things_was_isolated(events: list[Event]) -> None:
    assert is_isolated(events, WORDS, SCENARIO)
