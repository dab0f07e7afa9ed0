"""A lane with a loop goes on while a measured value gets better, and offers the best tree."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.repositories import Repository

BENCH = "cat size.txt"


@pytest.fixture
def ends() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for each in made:
        each.end()


def size(content: str) -> list[dict[str, Any]]:
    """Return one turn of the agent, in which it writes *content*."""
    write = {"write": {"path": "{cwd}/size.txt", "content": f"{content}\n"}}
    return [{"say": f"Trying {content}.", "do": [write]}, {"say": f"Tried {content}."}]


def looping(folder: Path, *tries: str, loop: str, harness: str = "true") -> Factory:
    turns = [answer for content in tries for answer in size(content)]
    script = {"sessions": [{"marker": "small", "turns": turns}]}
    return make_factory(
        folder,
        script,
        [bug("small")],
        files={"size.txt": "9\n"},
        harness=harness,
        lane=f"loop: {{{loop}}}",
    )


def checkpoints(factory: Factory) -> list[tuple[object, ...]]:
    names = ("number", "turns", "value", "best", "reward", "patience_left")
    told = [e.data for e in factory.events("s/s-small-1") if e.type == "loop.checkpoint"]
    return [tuple(data[name] for name in names) for data in told]


def told(factory: Factory) -> list[str]:
    events = factory.events("s/s-small-1")
    return [str(e.data["text"]) for e in events if e.type == "message" and e.data["role"] == "user"]


def offered(factory: Factory) -> str:
    (change,) = factory.json("gate")["changes"]
    return Repository(factory.state.hub).git("show", f"refs/df/prop/{change['id']}/1:size.txt")


def ended(factory: Factory) -> dict[str, Any]:
    return dict(factory.wait_for("session.ended").data)


def test_it_goes_on_while_it_pays_and_the_best_is_offered_not_the_last(
    tmp_path: Path, ends: list[Factory]
) -> None:
    factory = looping(tmp_path, "7", "4", "5", "6", loop=f'command: "{BENCH}", patience: 2')
    ends.append(factory)

    factory.df("run")

    assert checkpoints(factory) == [
        (1, 1, 7, 7, True, 2),
        (2, 2, 4, 4, True, 2),
        (3, 3, 5, 4, False, 1),
        (4, 4, 6, 4, False, 0),
    ]
    assert "`cat size.txt` is 7, better than before; it was 9 at the beginning" in told(factory)[1]
    assert "no gain" in told(factory)[3]
    assert "1 more without a gain end the session" in told(factory)[3]
    end = ended(factory)
    assert (end["outcome"], end["reason"]) == (
        "proposed",
        "no reward for 2 checkpoints of its loop (`cat size.txt` 9 -> 4)",
    )
    assert offered(factory) == "4"
    hub = Repository(factory.state.hub)
    assert hub.git("show", "refs/df/work/s-small-1/1:size.txt") == "6"
    shown = factory.df("gate", "show", "small").stdout
    assert "9 at first, 4 at best, 6 at the last of 4 checkpoints" in " ".join(shown.split())


def test_a_loop_that_never_gains_ends_with_its_reason_and_offers_nothing_worse(
    tmp_path: Path, ends: list[Factory]
) -> None:
    factory = looping(tmp_path, "12", "11", "10", loop=f'command: "{BENCH}", patience: 2')
    ends.append(factory)

    factory.df("run", expect=1)

    assert [made[4] for made in checkpoints(factory)] == [False, False]
    end = ended(factory)
    assert end["outcome"] == "failed"
    assert end["reason"].startswith("no reward for 2 checkpoints of its loop")
    assert end["reason"].endswith("nothing it made is better than its base")


def test_what_prints_no_number_is_said_and_no_reward(tmp_path: Path, ends: list[Factory]) -> None:
    factory = looping(tmp_path, "tiny", "5", "6", loop=f'command: "{BENCH}", patience: 1')
    ends.append(factory)

    factory.df("run", expect=1)

    (made,) = [e.data for e in factory.events("s/s-small-1") if e.type == "loop.checkpoint"]
    assert (made["value"], made["reward"]) == (None, False)
    assert made["problem"] == "`cat size.txt` printed no number in its last line"


def test_failing_tests_are_counted_every_few_turns_until_none_fails(
    tmp_path: Path, ends: list[Factory]
) -> None:
    count = "n=$(cat size.txt); i=0; while [ $i -lt $n ]; do echo FAILED t.py::t$i; i=$((i+1)); "
    harness = f"{count}done; echo == $n failed, 1 passed in 0.1s ==; test $n = 0"
    factory = looping(tmp_path, "8", "6", "3", "0", "1", loop="every: 2", harness=harness)
    ends.append(factory)

    factory.df("run")

    assert [made[:5] for made in checkpoints(factory)] == [
        (1, 2, 6, 6, True),
        (2, 4, 0, 0, True),
    ]
    assert told(factory)[1] == "Go on."
    assert "the goal is 0" in told(factory)[2]
    assert ended(factory)["reason"] == "its loop has reached its goal (failing 9 -> 0)"
    checks = [e for e in factory.events("s/s-small-1") if e.type == "harness.finished"]
    assert {"pass", "fail"} == {e.data["result"] for e in checks}
    assert json.loads(offered(factory)) == 0


def test_a_change_of_a_loop_that_is_sent_back_is_answered_in_one_turn(
    tmp_path: Path, ends: list[Factory]
) -> None:
    loop = f'command: "{BENCH}", patience: 1'
    factory = looping(tmp_path, "4", "6", "7", "8", loop=loop)
    ends.append(factory)
    factory.df("run")
    first = offered(factory)

    factory.df("gate", "rework", "small", "-m", "write 7 after all")
    factory.df("run")

    (change,) = factory.json("gate")["changes"]
    hub = Repository(factory.state.hub)
    assert (first, hub.git("show", f"refs/df/prop/{change['id']}/2:size.txt")) == ("4", "7")
    assert len(checkpoints(factory)) == 2
