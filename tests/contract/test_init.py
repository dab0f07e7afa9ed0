"""``df init``: what it writes is right for the repository, and every preset works at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.config.loading import load_settings
from darkfactory.config.presets import Preset
from darkfactory.skills.starter import starter_skills
from tests.fakes.factories import Factory
from tests.fakes.repositories import Repository, make_repository, planted_workspace

SCRIPT = """\
default:
  turns:
    - {say: Working., do: [{write: {path: "{cwd}/done.txt", content: done}}]}
    - say: Done.
"""
BACKLOG = """\
- {id: a, title: It crashes, labels: [bug], done_when: "true"}
- {id: b, title: Explain it, labels: [docs, documentation], done_when: "true"}
- {id: c, title: How does it work, labels: [question], done_when: "true"}
- {id: d, title: Add a thing, priority: P0, done_when: "true"}
"""


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    make_repository(tmp_path / "repository", {"Makefile": "test:\n\ttrue\n"})
    (tmp_path / "home").mkdir()
    made = Factory(tmp_path / "repository")
    yield made
    made.end()


@pytest.mark.parametrize("preset", Preset)
def test_what_a_preset_writes_is_sorted_and_worked_as_it_is(
    factory: Factory, preset: Preset
) -> None:
    factory.df("init", "--preset", preset)
    lanes = factory.root / "lanes.yaml"
    text = lanes.read_text()
    for kind in ("claude-code", "codex"):
        text = text.replace(f"{{kind: {kind}}}", "{kind: mock, script: mock.yaml}")
    lanes.write_text(text)
    (factory.root / "mock.yaml").write_text(SCRIPT)
    (factory.root / "backlog.yaml").write_text(BACKLOG)

    plan = factory.json("triage")
    factory.df("run")

    settings = load_settings(lanes)
    assert [row["id"] for row in plan["items"]] == ["d", "a", "b", "c"]
    assert plan["unassigned"] == []
    ends = [event.data["outcome"] for event in factory.events() if event.type == "session.ended"]
    assert set(ends) <= {"proposed", "reported"}
    assert len(ends) == 4
    loaded = [event for event in factory.events("s/s-a-1") if event.type == "skill.injected"]
    (bugs,) = (lane.skills for lane in settings.lanes if lane.name == "bugs")
    assert [event.data["name"] for event in loaded] == list(bugs)


def test_the_first_files_fit_the_repository(factory: Factory) -> None:
    Repository(factory.root).git("remote", "add", "origin", "git@github.com:octo/repo.git")

    said = factory.json("init")
    again = factory.json("init")

    settings = load_settings(factory.root / "lanes.yaml")
    names = ["lanes.yaml", "backlog.yaml", *(f"skills/{name}" for name in starter_skills())]
    assert (said["written"], said["kept"], said["hints"]) == (names, [], [])
    assert (again["written"], sorted(again["kept"])) == ([], sorted(names))
    assert (settings.base, settings.harness.command) == ("main", "make test")
    assert "github:octo/repo" in (factory.root / "lanes.yaml").read_text()


def test_skills_come_without_scenarios_and_leave_those_that_are_there_alone(
    factory: Factory,
) -> None:
    own = factory.root / "skills" / "commit"
    own.mkdir(parents=True)
    (own / "SKILL.md").write_text("ours")

    said = factory.json("init")

    laid = {path.name for path in (factory.root / "skills").iterdir()}
    files = {path.name for path in (factory.root / "skills").glob("*/*")}
    assert said["kept"] == ["skills/commit"]
    assert [path.name for path in own.iterdir()] == ["SKILL.md"]
    assert laid == set(starter_skills())
    assert files == {"SKILL.md", "df.yaml"}
    assert not any(row["errors"] for row in factory.json("skills", "list")["skills"][1:])


def test_nothing_is_worked_on_until_somebody_has_written_an_item(factory: Factory) -> None:
    first = factory.df("init").stderr
    empty = factory.df("triage").stderr
    backlog = factory.root / "backlog.yaml"
    lines = backlog.read_text().splitlines()
    backlog.write_text("\n".join(line.removeprefix("# ") for line in lines[lines.index("#") :]))

    assert first.endswith("write a first item into backlog.yaml, then df triage\n")
    assert empty.endswith("Next: write an item into the backlog, then df triage\n")
    assert [row["id"] for row in factory.json("triage")["items"]] == ["first-item"]


def test_a_backlog_that_is_there_is_the_backlog(factory: Factory) -> None:
    (factory.root / "backlog.md").write_text("- [ ] Mend it #bug\n")

    said = factory.json("init")

    assert said["kept"] == ["backlog.md"]
    assert not (factory.root / "backlog.yaml").exists()
    assert [row["id"] for row in factory.json("triage")["items"]] == ["mend-it"]


def test_what_keeps_agents_from_starting_is_said_at_once(tmp_path: Path) -> None:
    unborn = make_repository(tmp_path / "unborn", None)
    detached = make_repository(tmp_path / "detached", {"a": "1"})
    detached.git("checkout", "-q", "--detach")
    broken = make_repository(tmp_path / "broken", {"a": "1"})
    (broken.path / ".git" / "HEAD").write_text("garbage")

    said = [Factory(one.path).json("init")["hints"] for one in (unborn, detached, broken)]

    harness = "harness.command in lanes.yaml does not run here"
    assert {hints[0].partition(":")[0] for hints in said} == {harness}
    assert [hint.partition(":")[0] for _, hint in said] == [
        "branch main has no commit yet, and agents work on commits",
        "no branch is checked out",
        "the repository could not be read, so lanes.yaml names no base",
    ]


def test_the_configuration_of_a_repository_runs_nothing(factory: Factory, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    planted_workspace(factory.root, proof)

    factory.df("init")

    assert not proof.exists()
    assert load_settings(factory.root / "lanes.yaml").base == "main"
