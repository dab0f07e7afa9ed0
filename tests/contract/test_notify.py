"""Hooks of lanes.yaml: each fact told once, over all processes, restarts and kills."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import serve
from tests.fakes.warm import Running

pytestmark = pytest.mark.timeout(90)

LANES = """\
version: 1
harness: {{command: "true", timeout: 1m}}
agents:
  mock: {{kind: mock, script: mock.yaml}}
lanes:
  bugs: {{match: {{labels: [bug]}}, agent: mock, sessions: 8, autonomy: {autonomy}}}
notify: [{hooks}]
"""
ALL = "[approval, waiting, failed, finished, frozen]"


class Ears:
    """A file to which a hook's command writes each fact that it is told."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "told.jsonl"

    def hook(self, on: str = ALL, after: str = "true") -> str:
        return f"{{on: {on}, command: 'cat >> {self.file}; echo >> {self.file}; {after}'}}"

    @property
    def told(self) -> list[Any]:
        text = self.file.read_text() if self.file.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line]

    @property
    def kinds(self) -> list[str]:
        return [fact["fact"] for fact in self.told]


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    return Ears(tmp_path)


@pytest.fixture
def started() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for factory in made:
        factory.end()


def make(
    folder: Path, made: list[Factory], hooks: str, *, autonomy: str = "propose", **turn: Any
) -> Factory:
    script = {"sessions": [write_note("one", **turn), write_note("two", **turn)]}
    lanes = LANES.format(autonomy=autonomy, hooks=hooks)
    made.append(make_factory(folder, script, [bug("one"), bug("two")], lanes=lanes))
    return made[-1]


def test_a_run_tells_each_fact_once_and_its_rerun_only_what_is_new(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    factory = make(tmp_path, started, ears.hook())

    factory.df("run")
    first = ears.told
    factory.df("run")

    assert sorted(fact["fact"] for fact in first) == ["finished", "waiting", "waiting"]
    assert {fact["change"] for fact in first} == {"c-one", "c-two", ""}
    assert ears.kinds[len(first) :] == ["finished"]
    assert len({fact["id"] for fact in ears.told}) == len(ears.told)


def test_what_was_before_a_hook_is_not_told(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    factory = make(tmp_path, started, "")
    factory.df("run")
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text().replace("notify: []", f"notify: [{ears.hook()}]"))

    factory.df("run")

    assert ears.kinds == ["finished"]


def test_a_server_and_a_run_tell_together_what_one_would(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    factory = make(tmp_path, started, ears.hook())
    serve(factory)

    factory.df("run")
    factory.wait(lambda: len(ears.told) >= 3)
    factory.df("run")
    factory.wait(lambda: len(ears.told) >= 4)

    assert sorted(ears.kinds) == ["finished", "finished", "waiting", "waiting"]


def test_an_approval_is_told_while_it_waits(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    factory = make(
        tmp_path, started, ears.hook("[approval]"), autonomy="suggest", do=[{"shell": "make"}]
    )

    factory.start("run", "--item", "one")
    factory.wait(lambda: len(ears.told) == 1)

    (fact,) = ears.told
    assert fact["text"] == "s-one-1 asks for your yes to: make"
    factory.df(*fact["next"].split()[1:], "--wait")


def test_who_was_killed_while_telling_is_followed_by_one_that_tells_it_again(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    held = tmp_path / "held"
    held.touch()
    hold = f"while [ -e {held} ]; do sleep 0.05; done"
    factory = make(tmp_path, started, ears.hook("[finished]", after=hold))
    killed = serve(factory)
    factory.df("run")
    factory.wait(lambda: len(ears.told) == 1)

    kill(killed.process)
    held.unlink()
    second = serve(factory)
    factory.wait(lambda: len(ears.told) == 2)
    second.stop()
    serve(factory).stop()

    assert len({fact["id"] for fact in ears.told}) == 1
    assert len(ears.told) == 2


def kill(process: Running) -> None:
    process.kill()
    process.wait()


def test_a_hook_that_fails_is_told_and_stops_nobody(tmp_path: Path, started: list[Factory]) -> None:
    broken = "{on: finished, command: 'echo no bus >&2; exit 4'}"
    factory = make(tmp_path, started, f"{broken}, {{on: waiting, webhook: 'http://127.0.0.1:1/x'}}")

    factory.df("run")

    factory.wait_for("warning")
    said = [event.data["text"] for event in factory.events() if event.type == "warning"]
    assert any("it ended with status 4: no bus" in text for text in said)
    assert any("webhook 127.0.0.1 was not told" in text for text in said)


def test_what_an_agent_writes_into_its_lanes_yaml_tells_nobody(
    tmp_path: Path, ears: Ears, started: list[Factory]
) -> None:
    evil = LANES.format(autonomy="propose", hooks=ears.hook())
    turn: dict[str, Any] = {"do": [{"write": {"path": "{cwd}/lanes.yaml", "content": evil}}]}
    factory = make(tmp_path, started, "", **turn)

    factory.df("run")

    assert factory.json("gate")["changes"]
    assert ears.told == []


def test_a_title_is_no_command(tmp_path: Path, ears: Ears, started: list[Factory]) -> None:
    factory = make(tmp_path, started, ears.hook("[waiting]"))
    owned = tmp_path / "owned"
    title = f"x'; touch {owned}; $(touch {owned}) `touch {owned}`"
    (factory.root / "backlog.yaml").write_text(json.dumps([bug("one") | {"title": title}]))

    factory.df("run")

    assert [fact["title"] for fact in ears.told] == [title]
    assert not owned.exists()
