"""What holds work back: a red base, full heads, a budget; and what lets it go on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, ended, make_factory, write_note
from tests.fakes.repositories import Repository
from tests.fakes.working_day import CHECK

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LANES = """\
version: 1
harness: {command: sh check.sh, timeout: 1m}
limits: {lanes: 8, brain_space: 2}
agents: {mock: {kind: mock, script: mock.yaml}}
lanes:
  repair: {match: {labels: [ci]}, agent: mock}
  bugs: {match: {labels: [bug]}, agent: mock, sessions: 1}
"""

FOUR = ("KRONE", "LAMPE", "MAUER", "NEBEL")


@pytest.fixture
def factories() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for factory in made:
        factory.end()


def started(factory: Factory) -> list[str]:
    return [str(e.data["item"]) for e in factory.events() if e.type == "session.started"]


def reasons(factory: Factory) -> list[str]:
    return [str(e.data["reason"]) for e in factory.events() if e.type == "run.paused"]


def test_a_red_base_and_full_heads_hold_work_back_until_people_have_judged(
    tmp_path: Path, factories: list[Factory]
) -> None:
    mend: dict[str, Any] = {"say": "Mending.", "do": [{"shell": "rm red/old"}]}
    script = {
        "sessions": [
            {"marker": "MENDER", "turns": [mend, {"say": "Mended."}]},
            *(write_note(name) for name in ("ERSTE", "ZWEITE", "DRITTE")),
        ]
    }
    items = [bug("ERSTE"), bug("ZWEITE"), bug("DRITTE"), bug("MENDER", labels=["ci"])]
    files = {"check.sh": CHECK, "red/old": "x\n"}
    factory = make_factory(tmp_path, script, items, lanes=LANES, files=files)
    factories.append(factory)

    red = factory.df("run")
    only_the_mender = started(factory)
    factory.df("run", "--force", "--item", "ERSTE")
    forced = started(factory)
    factory.json("gate", "approve", "MENDER")
    full = factory.df("run")
    until_full = started(factory)
    factory.json("gate", "approve", "ERSTE")
    factory.df("run")

    assert "the harness fails (red/old)" in red.stderr
    assert only_the_mender == ["MENDER"]
    assert any("the base is red: 3 items wait until MENDER" in why for why in reasons(factory))
    assert "the base is red" in red.stdout
    assert forced == ["MENDER", "ERSTE"]
    assert until_full == [*forced, "ZWEITE"]
    assert any("2 decisions are open and brain_space is 2" in why for why in reasons(factory))
    assert "brain_space is 2" in full.stdout
    assert started(factory) == [*until_full, "DRITTE"]


def test_a_change_that_only_a_red_base_hides_waits_for_it_and_costs_no_further_session(
    tmp_path: Path, factories: list[Factory]
) -> None:
    items = [bug("ERSTE", done_when="the page loads")]
    factory = make_factory(
        tmp_path, {"sessions": [write_note("ERSTE")]}, items,
        harness="test ! -e broken", files={"broken": "x\n"},
    )  # fmt: skip
    factories.append(factory)

    factory.df("run")
    (hidden,) = factory.json("gate", "list")["changes"]
    git = Repository(factory.root)
    git.git("rm", "-q", "broken")
    git.git("commit", "-q", "-m", "Mend the base")
    factory.df("run")
    (told,) = factory.json("gate", "list")["changes"]

    assert (hidden["state"], hidden["harness"]["result"]) == ("checking", "fail")
    assert (told["state"], told["harness"]["result"]) == ("waiting_taste", "pass")
    assert len(started(factory)) == 1


def test_the_tokens_of_a_run_are_reserved_before_sessions_start_side_by_side(
    tmp_path: Path, factories: list[Factory]
) -> None:
    write = {"write": {"path": "{cwd}/new.txt", "content": "x"}}
    first = {"say": "On.", "do": [write], "usage": {"input": 700, "output": 100}, "sleep": 1.0}
    last = {"say": "Done.", "usage": {"input": 700, "output": 100}}
    script = {"sessions": [{"marker": name, "turns": [first, last]} for name in FOUR]}
    lanes = LANES.replace("brain_space: 2", "brain_space: 0, tokens: 6000").replace(
        "sessions: 1", "sessions: 4, budget: {tokens: 2k}"
    )
    factory = make_factory(
        tmp_path, script, [bug(name) for name in FOUR], lanes=lanes, files={"check.sh": CHECK}
    )
    factories.append(factory)

    factory.df("run", expect=1)

    told = [e for e in factory.events() if e.type in ("session.started", "session.ended")]
    granted = [e.data["budget"]["tokens"] for e in told if e.type == "session.started"]
    used = [e.data["tokens"] for e in told if e.type == "session.ended"]
    fourth = [at for at, event in enumerate(told) if event.type == "session.started"][3]
    left = [6000 - over * 1600 - (3 - over) * 2000 for over in range(1, fourth - 2)]
    assert [event.type for event in told[:3]] == ["session.started"] * 3
    assert granted[:3] == [2000, 2000, 2000]
    assert granted[3] in left  # it is granted a moment before it has started
    assert used[:3] == [1600] * 3
    assert list(ended(factory)) == ["proposed"] * 3 + ["budget"]
