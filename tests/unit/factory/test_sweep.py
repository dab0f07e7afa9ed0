import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.change import CloseAs
from darkfactory.errors import FactoryError
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.line import Line, open_line
from darkfactory.factory.run_lock import RunLocked, run_lock
from darkfactory.factory.sweep import (
    NothingToUndo,
    apply_sweep,
    plan_sweep,
    sweeping_policy,
    undo_sweep,
)
from darkfactory.gate.verdicts import close
from darkfactory.workspaces.sweepings import plan_gc
from tests.fakes.factories import Factory
from tests.fakes.recorded import make_recorded

LONG_AGO = 1_600_000_000


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recorded(tmp_path_factory.mktemp("sweep")).root


@pytest.fixture
def factory(template: Path, tmp_path: Path) -> Factory:
    """A factory in which add waits at the gate, slug has failed, and guide is lost."""
    made = Factory(shutil.copytree(template, tmp_path / "repository"))
    for session in ("s-add-1", "s-slug-1", "s-guide-1"):
        folder = made.state.session(session)
        (folder / "home").mkdir(parents=True)
        (folder / "home" / "conversation").write_text(session)
        (folder / "exit.json").write_text("{}")
        os.utime(folder / "exit.json", (LONG_AGO, LONG_AGO))
    return made


@pytest.fixture
def line(factory: Factory) -> Line:
    return open_line(factory.root)


def homes(factory: Factory) -> list[str]:
    return sorted(path.parent.name for path in factory.state.sessions.glob("*/home"))


def test_what_may_be_taken_up_again_is_not_swept_whatever_its_age(line: Line) -> None:
    assert [item.name for item in plan_sweep(line).items] == ["sessions/s-slug-1/home"]


def test_what_is_over_goes_at_once_and_what_is_not_waits_for_its_time(
    factory: Factory, line: Line
) -> None:
    for session in ("s-add-1", "s-slug-1", "s-guide-1"):
        os.utime(factory.state.session(session) / "exit.json")
    before = plan_sweep(line).items
    room = line.gate()
    close(room, room.find("add"), by="ada", close_as=CloseAs.NOT_PLANNED)

    after = plan_sweep(line).items

    assert before == ()
    assert [item.name for item in after] == ["sessions/s-add-1/home"]
    assert "its item is over" in after[0].proof


def test_a_home_that_a_conversation_may_need_stays_however_much_there_is(
    factory: Factory, line: Line
) -> None:
    session = "s-add-2"
    stream = Stream(factory.state.streams, "factory")
    writer = Writer(stream, producer="test", session=session)
    writer.write("session.started", {"item": "add", "lane": "bugs", "attempt": 2}, agent="mock")
    writer.write("session.ended", {"item": "add", "outcome": "failed", "reason": "gave up"})
    home = factory.state.session(session) / "home"
    home.mkdir(parents=True)
    home.with_name("exit.json").write_text("{}")

    policy = replace(sweeping_policy(line), cap_bytes=0)
    plan = plan_gc(line.state, line.hub, now=line.clock.now(), policy=policy)

    assert policy.superseded == {"s-add-1"}
    assert policy.in_use >= {"s-add-1", session}
    assert [item.name for item in plan.items] == ["sessions/s-slug-1/home"]


def test_a_sweep_takes_what_the_plan_names_and_undoing_brings_it_back(
    factory: Factory, line: Line
) -> None:
    before = homes(factory)

    done = apply_sweep(line, plan_sweep(line))
    swept = homes(factory)
    back = undo_sweep(line)

    assert swept == ["s-add-1", "s-guide-1"]
    assert homes(factory) == before
    assert [item.name for item in back.done] == [item.name for item in done.done]
    assert (factory.state.session("s-slug-1") / "home" / "conversation").read_text() == "s-slug-1"


def test_a_second_undoing_has_nothing_to_undo(line: Line) -> None:
    apply_sweep(line, plan_sweep(line))
    undo_sweep(line)

    with pytest.raises(NothingToUndo):
        undo_sweep(line)


def test_while_a_run_works_nothing_is_swept(factory: Factory, line: Line) -> None:
    plan = plan_sweep(line)
    with run_lock(line.state), pytest.raises(RunLocked):
        apply_sweep(line, plan)

    assert "s-slug-1" in homes(factory)


def test_looking_at_a_plan_changes_nothing(factory: Factory, line: Line) -> None:
    plan_sweep(line)

    assert homes(factory) == ["s-add-1", "s-guide-1", "s-slug-1"]
    with pytest.raises(FactoryError):
        undo_sweep(line)
