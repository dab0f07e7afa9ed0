"""A hub or streams that are gone: nothing is made over them, what can be had is brought back."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.cli.doctor_render import mended_lines
from darkfactory.factory.doctor import check_up
from darkfactory.factory.findings import Health
from darkfactory.factory.line import look_at_line, open_line
from darkfactory.factory.lost import StreamsLost
from darkfactory.factory.mend import Loss, Mended, StillWorking
from darkfactory.factory.mend import mend as mend_record
from darkfactory.factory.mend_hub import Restored
from darkfactory.sessions.hosts import host_lock
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.repositories import Repository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LANDED, ONLY_THERE, WAITING = "LANDED", "ONLYHERE", "WAITING"
_SOCKETS = shutil.ignore_patterns("*.sock")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A factory with a landed change, one that landed only in the hub, and one that waits."""
    folder = tmp_path_factory.mktemp("lost")
    names = (LANDED, ONLY_THERE, WAITING)
    script = {"sessions": [write_note(name, sleep=1) for name in names]}
    factory = make_factory(folder, script, [bug(name) for name in names])
    factory.df("run")
    factory.df("gate", "approve", LANDED, "--yes")
    (factory.root / "calc.py").write_text("# not committed\n")
    factory.df("gate", "approve", ONLY_THERE, "--yes")
    factory.end()
    return factory.root, Path(shutil.copytree(factory.root, folder / "copy", ignore=_SOCKETS))


@pytest.fixture
def factory(pristine: tuple[Path, Path]) -> Iterator[Factory]:
    """That factory, in its own place: git folders of workspaces name the hub by its path."""
    root, copy = pristine
    shutil.rmtree(root)
    shutil.copytree(copy, root, symlinks=True)
    made = Factory(root)
    yield made
    made.end()


def refused(factory: Factory, *command: str) -> dict[str, str]:
    error: dict[str, str] = json.loads(factory.df(*command, "--json", expect=3).stderr)["error"]
    return error


def mend(factory: Factory, *, expect: int) -> dict[str, Any]:
    done = factory.df("doctor", "--mend", "--yes", "--json", expect=expect)
    mended: dict[str, Any] = json.loads(done.stdout)["mended"]
    return mended


def tips(factory: Factory) -> dict[str, str]:
    """Return what the hub's refs of changes and of the base name."""
    refs = "%(refname) %(objectname)"
    told = Repository(factory.state.hub).git(
        "for-each-ref", f"--format={refs}", "refs/heads", "refs/df/prop", "refs/df/landed"
    )
    return dict(line.split(" ") for line in told.splitlines())


def looks(factory: Factory) -> dict[str, str]:
    """Return what the doctor finds in need of attention, but for the checkout that lags behind."""
    found = check_up(lambda: factory.root)
    asked = [one for one in found if one.state is Health.ATTENTION and one.name != "base"]
    return {one.name: one.fix for one in asked}


def test_a_hub_that_is_gone_is_not_made_again_unasked(factory: Factory) -> None:
    shutil.rmtree(factory.state.hub)

    errors = [refused(factory, *command) for command in (("status",), ("run",), ("gate", "list"))]

    assert {error["code"] for error in errors} == {"hub.lost"}
    assert all(f"c-{name}" in errors[0]["problem"] for name in (LANDED, ONLY_THERE, WAITING))
    assert not factory.state.hub.exists()
    assert "--mend" in looks(factory)["hub"]


def test_a_lost_hub_is_made_again_commit_by_commit_of_branches_workspaces_and_changes(
    factory: Factory,
) -> None:
    before = tips(factory)
    shutil.rmtree(factory.state.hub)

    mended = mend(factory, expect=0)

    where = {each["change"]: each["where"] for each in mended["restored"]}
    assert tips(factory) == before
    assert (mended["lost"], mended["whole"]) == ([], True)
    assert where[f"c-{WAITING}"] == "in its workspace"
    assert looks(factory) == {}
    assert factory.json("gate", "approve", WAITING, "--yes")["landed"]


def test_what_is_nowhere_is_named_and_can_begin_again(factory: Factory) -> None:
    shutil.rmtree(factory.state.hub)
    shutil.rmtree(factory.state.root / "workspaces")

    mended = mend(factory, expect=1)
    row = next(one for one in factory.json("gate")["changes"] if one["item"] == WAITING)
    again = factory.df("run", "--item", WAITING)

    assert {each["change"] for each in mended["lost"]} == {f"c-{WAITING}", f"c-{ONLY_THERE}"}
    assert {each["change"] for each in mended["restored"]} == {f"c-{LANDED}"}
    assert (row["state"], "was lost with the hub" in row["reason"]) == ("abandoned", True)
    assert "1 proposed" in again.stdout


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def spoil(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"\xff\x00garbage\n")


def _file_instead(hub: Path) -> None:
    shutil.rmtree(hub)
    hub.write_text("")


def _corrupt_packs(hub: Path) -> None:
    for pack in (hub / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        with pack.open("r+b") as file:
            file.seek(os.path.getsize(pack) // 2)
            file.write(b"\x00" * 40)


def _lose_a_branch_of_refs(hub: Path) -> None:
    Repository(hub).git("pack-refs", "--all")
    (hub / "packed-refs").unlink()


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a file instead": _file_instead,
    "its configuration": lambda hub: spoil(hub / "config"),
    "its template": lambda hub: remove(hub / "workspace.config"),
    "its HEAD": lambda hub: spoil(hub / "HEAD"),
    "its objects": lambda hub: remove(hub / "objects"),
    "its refs": _lose_a_branch_of_refs,
    "bytes in packs": _corrupt_packs,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_hub_is_told_without_the_words_of_git_and_mended_whole(
    factory: Factory, damage: str
) -> None:
    before = tips(factory)
    DAMAGE[damage](factory.state.hub)

    error = refused(factory, "gate", "approve", WAITING, "--yes")
    told = looks(factory)
    mended = mend_record(look_at_line(factory.root))

    assert "fatal" not in error["problem"]
    assert error["code"] == ("git.damaged" if damage == "bytes in packs" else "hub.lost")
    assert "df doctor --mend" in error["fix"]
    assert "hub" in told
    assert mended.is_whole
    assert tips(factory) == before
    assert looks(factory) == {}


def test_streams_that_are_gone_are_told_and_what_folders_know_is_taken_in(
    factory: Factory,
) -> None:
    shutil.rmtree(factory.state.streams)

    errors = [refused(factory, *command) for command in (("run",), ("sessions",))]
    told = looks(factory)
    mended = mend(factory, expect=1)
    again = factory.df("run")

    assert {error["code"] for error in errors} == {"streams.lost"}
    assert f"s-{WAITING}-1" in errors[0]["problem"]
    assert "--mend" in told["streams"]
    assert mended["told"] == [f"s-{name}-1" for name in (LANDED, ONLY_THERE, WAITING)]
    assert [
        e for e in factory.events() if e.type == "session.started" and not e.data["title"]
    ] == []
    states = {change["item"]: change["state"] for change in factory.json("gate")["changes"]}
    assert again.returncode == 0
    assert states == {WAITING: "waiting_taste"}
    assert factory.json("status")["lanes"][0]["landed"] == 2
    assert looks(factory) == {}


def test_a_lost_log_of_one_session_stops_nothing_and_is_written_down(factory: Factory) -> None:
    (factory.state.streams / "s" / f"s-{LANDED}-1.jsonl").unlink()

    told = looks(factory)
    open_line(factory.root)
    mended = mend_record(look_at_line(factory.root))

    assert "--mend" in told["streams"]
    assert mended.logs == (f"s-{LANDED}-1",)
    warnings = [e.data for e in factory.events(f"s/s-{LANDED}-1") if e.type == "warning"]
    assert "was lost" in warnings[0]["text"]
    assert looks(factory) == {}


def test_a_hub_of_which_nothing_else_knows_is_told_and_makes_room_for_new_changes(
    factory: Factory,
) -> None:
    shutil.rmtree(factory.state.streams)
    shutil.rmtree(factory.state.sessions)

    with pytest.raises(StreamsLost, match=f"c-{WAITING}"):
        open_line(factory.root)
    mended = mend_record(look_at_line(factory.root))
    again = open_line(factory.root)

    assert f"refs/df/landed/c-{LANDED}" in mended.former
    assert len(again.hub.refs("refs/df/former")) == len(mended.former) == 5
    assert again.hub.refs("refs/df/prop", "refs/df/landed") == {}


def test_a_session_that_left_neither_record_nor_description_is_named(factory: Factory) -> None:
    shutil.rmtree(factory.state.streams)
    (factory.state.session(f"s-{LANDED}-1") / "spec.json").unlink()

    mended = mend_record(look_at_line(factory.root))

    assert mended.silent == (f"s-{LANDED}-1",)
    assert not mended.is_whole


def test_nothing_is_mended_while_a_session_writes_to_it(factory: Factory) -> None:
    folder = factory.state.session(f"s-{WAITING}-1")
    (folder / "exit.json").unlink()

    with host_lock(str(folder)), pytest.raises(StillWorking, match=f"s-{WAITING}-1"):
        mend_record(look_at_line(factory.root))


def test_what_is_whole_is_left_as_it_is(factory: Factory) -> None:
    before = tips(factory), len(factory.events())

    mended = mend_record(look_at_line(factory.root))

    assert mended.is_whole
    assert mended.restored == ()
    assert (tips(factory), len(factory.events())) == before


def test_what_was_done_is_said_a_line_each() -> None:
    done = Mended(
        told=("s-a-1",),
        former=("refs/df/prop/c-x/1",),
        restored=(Restored("c-a", "in its workspace"),),
        lost=(Loss("c-b", "b", "1234567890abcdef"),),
        aside="/repository/.darkfactory/quarantine/hub-1/hub.git",
    )

    assert mended_lines(done).splitlines() == [
        "c-a: in its workspace",
        "s-a-1: known again; its log and later verdicts are lost",
        "c-b: LOST, commit 1234567890ab is nowhere; df run --item b begins again",
        "1 ref of lost changes: now in refs/df/former",
        "the damaged hub lies in /repository/.darkfactory/quarantine/hub-1/hub.git, until df gc",
    ]
    assert mended_lines(Mended()) == "nothing to mend"
