import os
import shutil
import sqlite3
import sys
import time
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from darkfactory.cli.context import NotInRepository
from darkfactory.domain.event import Event
from darkfactory.engine.protocol import DATABASE_URL
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.doctor import check_up
from darkfactory.factory.doctor_host import Volume, file_system, git_program, judge_volume, volume
from darkfactory.factory.findings import Finding, Health
from darkfactory.factory.line import open_line
from darkfactory.factory.run_lock import run_lock
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.spec import SessionSpec, save_spec
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.repositories import Repository

GIGABYTE = 10**9
REMOTE = "the state folder is on a network file system"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_factory(tmp_path_factory.mktemp("doctor"), {"sessions": []}, [bug("1")])
    made.df("triage")
    return made.root


@pytest.fixture
def factory(template: Path, tmp_path: Path) -> Factory:
    """A repository in which no factory has begun."""
    copied = shutil.copytree(
        template, tmp_path / "repository", ignore=shutil.ignore_patterns(".darkfactory")
    )
    return Factory(copied)


@pytest.fixture
def begun(template: Path, tmp_path: Path) -> Factory:
    """A repository with a plan, and no run yet."""
    return Factory(shutil.copytree(template, tmp_path / "begun"))


def look(root: Path | None) -> dict[str, list[Finding]]:
    """Return what the doctor finds, by name."""
    found: dict[str, list[Finding]] = {}
    for finding in check_up(lambda: root or _nowhere()):
        found.setdefault(finding.name, []).append(finding)
    return found


def _nowhere() -> Path:
    raise NotInRepository(Path("/nowhere"))


def wanting(root: Path | None) -> dict[str, str]:
    """Return what needs attention, with the fix; what the host cannot confine left out."""
    return {
        name: finding.fix
        for name, findings in look(root).items()
        for finding in findings
        if finding.state is Health.ATTENTION
        and name != "confinement"
        and not name.startswith("lane ")
    }


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return folder / name


def with_agent(factory: Factory, agent: str, *, used: bool = True) -> None:
    """Give lanes.yaml an agent called new, in a lane or in none."""
    lanes = factory.root / "lanes.yaml"
    text = lanes.read_text().replace("agents:\n", f"agents:\n  new: {agent}\n")
    lanes.write_text(text.replace("agent: mock}", "agent: new}") if used else text)


def say(factory: Factory, type_: str, session: str | None = None, **data: object) -> None:
    stream = Stream(factory.state.streams, "factory")
    Writer(stream, producer="test", session=session).write(type_, data)
    stream.close()


def test_a_factory_that_has_not_begun_needs_nothing(factory: Factory) -> None:
    assert wanting(factory.root) == {}
    assert not factory.state.root.exists()


def test_a_factory_that_has_begun_is_whole(begun: Factory) -> None:

    found = look(begun.root)

    assert wanting(begun.root) == {}
    assert {"git", "disk", "lanes.yaml", "agent mock", "base", "hub", "run", "engine"} <= set(found)


def test_a_calibration_that_no_run_can_start_by_is_told(factory: Factory) -> None:
    without = look(factory.root)
    (factory.root / "waffle.json").write_text("{")

    (found,) = look(factory.root)["waffle.json"]

    assert "waffle.json" not in without
    assert (found.state, found.fix[:22]) == (Health.ATTENTION, "take it back from git ")
    assert found.detail.endswith("waffle.json is no calibration that this version can use")


def test_looking_changes_nothing(begun: Factory) -> None:
    before = {path: path.stat().st_mtime_ns for path in begun.root.rglob("*")}

    look(begun.root)

    assert {path: path.stat().st_mtime_ns for path in begun.root.rglob("*")} == before


def test_outside_of_a_repository_that_is_what_is_missing() -> None:
    assert list(wanting(None)) == ["repository"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("git version 2.37.9", Health.ATTENTION),
        ("git version 2.39.0", Health.OK),
        ("git version 3.0.1 (Apple Git-200)", Health.OK),
        ("hello", Health.UNKNOWN),
    ],
)
def test_git_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, state: Health
) -> None:
    program(tmp_path / "bin", "git", f"echo '{said}'")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert [finding.state for finding in git_program()] == [state]


def test_without_git_everything_else_is_looked_at_all_the_same(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    found = look(factory.root)

    assert found["git"][0].fix.startswith("install git")
    assert "disk" in found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Volume("ext4", 50 * GIGABYTE, 10**6), []),
        (Volume("btrfs", 50 * GIGABYTE, None), []),
        (Volume(None, 50 * GIGABYTE, None), []),
        (Volume("ext4", GIGABYTE // 2, 10**6), ["500 MB are free"]),
        (Volume("ext4", 50 * GIGABYTE, 12), ["room for 12 more files only"]),
        (Volume("nfs4", 50 * GIGABYTE, 10**6), [f"{REMOTE}: nfs4"]),
        (Volume("fuse.sshfs", 0, 0), ["0 MB are free", f"{REMOTE}: fuse.sshfs"]),
    ],
)
def test_a_disk_must_have_room_and_hold_locks(found: Volume, said: list[str]) -> None:
    told = [one.detail for one in judge_volume(found) if one.state is Health.ATTENTION]

    assert told == said


def test_a_real_disk_is_told_as_the_system_counts_it(tmp_path: Path) -> None:
    found = volume(tmp_path)

    assert found.free_bytes > 0
    assert found.kind


@pytest.mark.skipif(sys.platform != "linux", reason="asks for /proc")
def test_the_innermost_mount_tells_the_file_system() -> None:
    assert file_system("/proc/sys/kernel") == "proc"


def test_a_state_folder_that_others_can_look_into_is_told(factory: Factory) -> None:
    factory.state.root.mkdir(mode=0o755)

    assert wanting(factory.root) == {"state folder": "chmod 700 .darkfactory"}


def test_a_state_folder_that_git_tracks_is_told(factory: Factory) -> None:
    factory.state.root.mkdir(mode=0o700)
    (factory.root / ".git" / "info" / "exclude").unlink()
    Repository(factory.root).commit("brought along", {".darkfactory/settings.json": "{}"})

    assert wanting(factory.root)["state folder"].startswith("git rm -r --cached")


def test_a_state_folder_that_is_a_link_is_told_and_not_looked_into(factory: Factory) -> None:
    factory.state.root.symlink_to("/")

    assert list(wanting(factory.root)) == ["state folder"]
    assert "hub" not in look(factory.root)


def test_a_missing_lanes_yaml_leaves_the_rest_to_be_looked_at(begun: Factory) -> None:
    (begun.root / "lanes.yaml").unlink()

    found = look(begun.root)

    assert "df init" in found["lanes.yaml"][0].fix
    assert found["agents"][0].state is Health.UNKNOWN
    assert found["hub"][0].state is Health.OK


def test_a_wrong_lanes_yaml_is_told_with_its_line(factory: Factory) -> None:
    (factory.root / "lanes.yaml").write_text("version: 1\nharness: {comand: make}\n")

    assert look(factory.root)["lanes.yaml"][0].detail.startswith("lanes.yaml line 2:")


def test_no_lanes_at_all_is_told(factory: Factory) -> None:
    (factory.root / "lanes.yaml").write_text("version: 1\nharness: {command: make}\n")

    assert "add one" in wanting(factory.root)["lanes.yaml"]


def test_an_agent_is_told_with_the_version_it_says(factory: Factory, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "agent", "echo 'agent 4.2'")
    with_agent(factory, f"{{kind: codex, command: ['{path}']}}")

    assert [one.detail for one in look(factory.root)["agent new"]] == ["agent 4.2"]


def test_a_missing_agent_matters_only_where_a_lane_uses_it(factory: Factory) -> None:
    with_agent(factory, "{kind: codex, command: [no-such-agent]}", used=False)
    spare = look(factory.root)["agent new"]
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text().replace("agent: mock}", "agent: new}"))
    needed = look(factory.root)

    assert [one.state for one in spare] == [Health.UNKNOWN]
    assert needed["agent new"][0].state is Health.ATTENTION
    assert "agents.new.command" in needed["agent new"][0].fix
    assert needed["lane rest"][0].state is Health.UNKNOWN


def test_an_agent_that_does_not_tell_its_version_is_told(factory: Factory, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "agent", "exit 3")
    with_agent(factory, f"{{kind: codex, command: ['{path}']}}")

    assert f"{path} --version" in wanting(factory.root)["agent new"]


def test_an_agent_of_the_client_protocol_tells_its_version_like_others(
    factory: Factory, tmp_path: Path
) -> None:
    path = program(tmp_path / "bin", "agent", "echo agent 7.1")
    with_agent(factory, f"{{kind: acp, command: ['{path}', --acp]}}")

    (found,) = look(factory.root)["agent new"]

    assert (found.state, found.detail) == (Health.OK, "agent 7.1")


def test_a_lane_that_suggests_is_not_held_with_an_agent_that_need_not_ask(
    factory: Factory, tmp_path: Path
) -> None:
    path = program(tmp_path / "bin", "agent", "echo agent 7.1")
    with_agent(factory, f"{{kind: acp, command: ['{path}', --acp]}}")
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text().replace("default: true", "default: true, autonomy: suggest"))

    assert "ask before each command" in look(factory.root)["lane rest"][0].detail


def test_a_mock_without_its_script_is_told(factory: Factory) -> None:
    (factory.root / "mock.yaml").unlink()

    assert "agents.mock.script" in wanting(factory.root)["agent mock"]


def test_a_mock_whose_script_cannot_be_played_is_told_with_the_line(factory: Factory) -> None:
    (factory.root / "mock.yaml").write_text("sessions:\n- marker: ONE\n  turn: []\n")

    (found,) = look(factory.root)["agent mock"]

    assert found.state is Health.ATTENTION
    assert "mock.yaml line 3" in found.detail


def test_a_skill_that_is_not_there_is_told_of_its_lane(factory: Factory) -> None:
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text().replace("default: true", "default: true, skills: [none]"))

    assert look(factory.root)["lane rest"][0].state is Health.ATTENTION


def test_a_base_that_is_not_there_is_told(factory: Factory) -> None:
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text() + "base: gone\n")

    assert "base" in wanting(factory.root)


def test_a_hub_that_lost_an_object_is_told(begun: Factory) -> None:
    line = open_line(begun.root)
    line.hub.sync_base()
    for pack in (begun.state.hub / "objects" / "pack").iterdir():
        pack.unlink()

    assert "df doctor --mend" in wanting(begun.root)["hub"]


def test_an_old_lock_of_the_hub_is_told_and_a_fresh_one_is_not(begun: Factory) -> None:
    lock = begun.state.hub / "packed-refs.lock"
    lock.touch()
    fresh = wanting(begun.root)
    old = time.time() - 600
    os.utime(lock, (old, old))

    assert fresh == {}
    assert wanting(begun.root)["hub"].startswith("df gate land")


def test_a_run_that_was_cut_off_is_told_and_one_that_lives_is_not(begun: Factory) -> None:
    say(begun, "run.started", run="r-1")
    dead = wanting(begun.root)
    with run_lock(begun.state):
        alive = look(begun.root)["run"][0]
    say(begun, "run.finished")

    assert dead == {"run": "df run, which goes on with it"}
    assert (alive.state, str(os.getpid()) in alive.detail) == (Health.OK, True)
    assert wanting(begun.root) == {}


def test_a_session_whose_host_is_gone_is_told_until_its_end_is_known(begun: Factory) -> None:
    say(begun, "session.started", "s-1-1", item="1", lane="bugs")
    Stream(begun.state.streams, "s/s-1-1").append([Event("session.started", session="s-1-1")])
    lost = wanting(begun.root)
    say(begun, "session.ended", "s-1-1", outcome="failed")

    assert list(lost) == ["session s-1-1"]
    assert wanting(begun.root) == {}


def test_a_session_whose_host_lives_needs_nothing(begun: Factory) -> None:
    say(begun, "session.started", "s-1-1", item="1", lane="bugs")
    folder = begun.state.session("s-1-1")
    folder.mkdir(parents=True)
    names = {field.name for field in fields(SessionSpec) if field.default is MISSING}
    given = dict.fromkeys(names - {"attempt", "epoch", "argv"}, "x")
    save_spec(str(folder), SessionSpec(**given, attempt=1, epoch=1, argv=()))  # type: ignore[arg-type]
    with host_lock(str(folder)):
        assert wanting(begun.root) == {}
    assert list(wanting(begun.root)) == ["session s-1-1"]


def test_a_damaged_database_of_the_engine_is_told(begun: Factory) -> None:
    with sqlite3.connect(begun.state.engine) as database:
        database.execute("create table t (a)")
    database.close()
    whole = wanting(begun.root)
    begun.state.engine.write_bytes(b"no database at all" * 100)

    assert whole == {}
    assert wanting(begun.root)["engine"].startswith(f"delete it (rm {begun.state.engine}*)")


def test_a_database_elsewhere_is_not_looked_at_and_its_password_not_shown(
    begun: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, "postgresql://ada:secret@db.example:5432/df")

    found = look(begun.root)["engine"][0]

    assert found.state is Health.UNKNOWN
    assert found.detail == "at postgresql://db.example, not looked at"


def test_a_frozen_gate_is_told_with_its_reason(begun: Factory) -> None:
    say(begun, "gate.frozen", reason="trees differ")

    found = look(begun.root)["gate"][0]

    assert (found.detail, found.fix.endswith("df gate land --thaw")) == (
        "frozen: trees differ",
        True,
    )


def test_what_the_state_folder_takes_is_told_by_what_takes_it(begun: Factory) -> None:
    (begun.state.quarantine / "s-1-1").mkdir(parents=True)
    (begun.state.quarantine / "s-1-1" / "big").write_bytes(b"x" * 3_000_000)

    (found,) = look(begun.root)["space"]

    assert found.state is Health.OK
    assert ": quarantine 3 MB, " in found.detail
