"""Who tells the hooks, and from where on."""

from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.notify import notifying
from darkfactory.locks import try_lock

LANES = """\
harness: {{command: "true"}}
notify: [{{on: {on}, command: "echo $DF_NOTIFY_TEXT >> told"}}]
"""
FROZEN = {"reason": "trees differ"}


class Stage:
    """A repository with a lanes.yaml, and what its hook was told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = StateFolder(root / ".darkfactory")
        self.state.root.mkdir()
        self.notes: list[str] = []
        self.hook_on("[frozen, finished]")

    def hook_on(self, kinds: str) -> None:
        (self.root / "lanes.yaml").write_text(LANES.format(on=kinds))

    def tell(self, type_: str, **data: object) -> None:
        stream = Stream(self.state.streams, "factory")
        Writer(stream, producer="test", once=True).write(type_, data)
        stream.close()

    def work(self, *types: str) -> None:
        """Be a process that works, in which events of *types* happen."""
        environment = {"PATH": "/usr/bin:/bin"}
        with notifying(self.state, environment, self.notes.append):
            for type_ in types:
                self.tell(type_, **FROZEN)

    @property
    def told(self) -> list[str]:
        file = self.root / "told"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_what_happens_until_the_end_of_the_work_is_told(stage: Stage) -> None:
    stage.work("gate.frozen", "run.finished")

    assert [text.partition(":")[0] for text in stage.told] == [
        "the gate is frozen",
        "the run is finished",
    ]


def test_what_happens_while_nobody_works_is_told_by_the_next_who_does(stage: Stage) -> None:
    stage.work()
    stage.tell("gate.frozen", **FROZEN)

    stage.work()
    stage.work()

    assert stage.told == ["the gate is frozen: trees differ"]


def test_what_was_answered_while_nobody_worked_is_told_to_nobody(stage: Stage) -> None:
    stage.work()
    stage.tell("gate.frozen", **FROZEN)
    stage.tell("gate.frozen", reason=None)

    stage.work()

    assert stage.told == []


def test_other_kinds_of_facts_do_not_make_a_hook_a_new_one(stage: Stage) -> None:
    stage.work()
    stage.tell("run.finished")
    stage.hook_on("[finished]")

    stage.work()

    assert len(stage.told) == 1


def test_a_lanes_yaml_that_is_wrong_for_a_while_costs_no_fact(stage: Stage) -> None:
    stage.work()
    (stage.root / "lanes.yaml").write_text("harness: [")
    stage.work("run.finished")
    stage.hook_on("[finished]")

    stage.work()

    assert len(stage.told) == 1


def test_a_hook_that_was_gone_and_comes_back_is_a_new_one(stage: Stage) -> None:
    stage.work()
    (stage.root / "lanes.yaml").write_text('harness: {command: "true"}\n')
    stage.work("run.finished")
    stage.hook_on("[finished]")

    stage.work()

    assert stage.told == []


def test_while_another_process_tells_nobody_else_does(stage: Stage) -> None:
    stage.work()
    with (stage.state.notify / "lock").open("w") as lock:
        assert try_lock(lock.fileno())
        stage.work("run.finished")
        silent = stage.told
    stage.work()

    assert silent == []
    assert len(stage.told) == 1


def test_a_disk_that_refuses_is_said_and_stops_nobody(stage: Stage) -> None:
    stage.state.notify.write_text("in the way")

    stage.work("run.finished")

    assert stage.notes
    assert all(note.startswith("notify: nobody is told anything: ") for note in stage.notes)


def test_who_is_interrupted_leaves_the_rest_to_the_next(stage: Stage) -> None:
    stage.work()

    with pytest.raises(KeyboardInterrupt), notifying(stage.state, {}, stage.notes.append):
        raise KeyboardInterrupt

    stage.tell("run.finished")
    stage.work()
    assert len(stage.told) == 1
