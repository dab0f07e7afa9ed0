"""``df run`` ends although something that is wanted cannot start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, ended, make_factory, write_note

LANES = """\
version: 1
harness: {command: "true"}
limits: {lanes: 8, brain_space: 0, tokens: 400}
agents:
  mock: {kind: mock, script: mock.yaml}
  gone: {kind: codex, command: [no-such-program]}
lanes:
  bugs: {match: {labels: [bug]}, agent: mock, sessions: 1}
  lost: {match: {labels: [lost]}, agent: gone}
"""


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    used = {"input": 500, "output": 10}
    script = {"sessions": [write_note(name, usage=used) for name in ("alpha", "beta")]}
    items = [{**bug("lost-item"), "labels": ["lost"]}, bug("alpha"), bug("beta")]
    made = make_factory(tmp_path, script, items, lanes=LANES)
    yield made
    made.end()


def reasons(factory: Factory) -> list[str]:
    return [str(event.data["reason"]) for event in factory.events() if event.type == "run.paused"]


def test_an_item_that_cannot_start_is_left_alone_and_the_other_lanes_go_on(
    factory: Factory,
) -> None:
    done = factory.df("run", expect=3)

    assert "no program 'no-such-program' on PATH" in done.stderr
    assert any(reason.startswith("lost-item is left alone") for reason in reasons(factory))
    assert [row["item"] for row in factory.json("gate")["changes"]] == ["alpha"]


def test_a_run_ends_when_its_budget_is_used_up(factory: Factory) -> None:
    factory.df("run", "--lane", "bugs", expect=1)

    assert list(ended(factory)) == ["budget"]
    assert (
        "the run's 400 tokens are used or reserved; the next `df run` has as many again"
        in reasons(factory)
    )


def test_a_run_for_an_item_that_no_lane_takes_says_so(tmp_path: Path) -> None:
    factory = make_factory(
        tmp_path, {"sessions": []}, [{**bug("stray"), "labels": ["chore"]}], lanes=LANES
    )

    refused = factory.df("run", "--item", "stray", expect=2)

    assert "no lane takes item 'stray'" in refused.stderr
    assert "`df assign stray LANE`" in refused.stderr


def test_a_run_with_nothing_to_do_says_why_and_what_is_next(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [{**bug("stray"), "labels": ["chore"]}])
    factory.df("assign", "stray", "bugs")
    (factory.root / "backlog.yaml").write_text("[]")

    done = factory.df("run")

    assert done.stdout.endswith("no session was started: the backlog has no open item\n")
    assert done.stderr.endswith("Next: df triage\n")


def test_nothing_starts_where_the_harness_cannot_run_and_a_person_is_told(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {}, [bug("alpha")], harness="no-such-checker --all")
    try:
        refused = factory.df("run", expect=3)
        doctor = factory.df("doctor", expect=None).stdout
        factory.df("run", "--force", expect=None)
        forced = [e.data["item"] for e in factory.events() if e.type == "session.started"]
        lanes = factory.root / "lanes.yaml"
        lanes.write_text(lanes.read_text().replace("no-such-checker --all", "true"))
        factory.df("run", expect=None)

        assert "the harness `no-such-checker --all` does not run on main" in refused.stderr
        assert "fix: mend harness.command in lanes.yaml" in refused.stderr
        assert "did not run on the base" in doctor
        assert set(forced) == {"alpha"}
        assert "did not run on the base" not in factory.df("doctor", expect=None).stdout
        checked = [e.data["result"] for e in factory.events() if e.type == "base.checked"]
        assert checked == ["error", "error", "pass"]
    finally:
        factory.end()


def test_lanes_that_check_by_themselves_start_where_the_harness_of_all_cannot_run(
    tmp_path: Path,
) -> None:
    factory = make_factory(
        tmp_path,
        {"sessions": [write_note("alpha")]},
        [bug("alpha")],
        harness="no-such-checker",
        lane='harness: "true"',
    )
    try:
        factory.df("run")

        assert list(ended(factory)) == ["proposed"]
    finally:
        factory.end()
