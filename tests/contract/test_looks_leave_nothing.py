"""Who only looks, or is refused, leaves no state folder behind, wherever they stand."""

from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.repositories import Repository, make_repository

LOOKS = (
    ("status",), ("status", "--json"), ("brief",), ("sessions",), ("gate",), ("gate", "log"),
    ("doctor",), ("gc",), ("retro",), ("sessions", "show", "s-x"), ("sessions", "follow", "s-x"),
    ("gate", "show", "c-x"),
)  # fmt: skip
REFUSED = (
    ("gate", "approve", "c-x", "--yes"), ("gate", "rework", "c-x", "-m", "x"),
    ("gate", "close", "c-x", "--as", "duplicate"), ("gate", "defer", "c-x", "--until", "2h"),
    ("gate", "land"), ("assign", "x", "nowhere"), ("sessions", "cancel", "s-x"),
    ("run", "--stop"), ("run", "--agent", "nobody"), ("triage", "--from", "nowhere.yaml"),
    ("gc", "--apply", "--yes"), ("gc", "--undo"), ("doctor", "--mend", "--yes"),
)  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A folder, repositories without and with lanes.yaml, the second one's subfolder."""
    plain = tmp_path / "plain"
    plain.mkdir()
    bare = make_repository(tmp_path / "bare", {"a.txt": "a\n"}).path
    whole = make_factory(tmp_path, {"sessions": []}, [bug("ONE")], files={"sub/a.txt": "a\n"}).root
    return {"none": plain, "no lanes": bare, "lanes": whole, "subfolder": whole / "sub"}


@pytest.mark.parametrize("place", ["none", "no lanes", "lanes", "subfolder"])
def test_a_look_and_a_refusal_leave_nothing_behind(places: dict[str, Path], place: str) -> None:
    for command in (*LOOKS, *REFUSED):
        done = Factory(places[place]).df(*command, expect=None)

        left = list(places[place].parent.rglob(".darkfactory"))
        assert done.returncode in (0, 1, 2, 3), (command, done.stderr)
        assert left == [], command
    excluded = places["lanes"] / ".git" / "info" / "exclude"
    assert ".darkfactory" not in (excluded.read_text() if excluded.exists() else "")


def test_a_run_without_a_backlog_leaves_nothing_behind(places: dict[str, Path]) -> None:
    (places["lanes"] / "backlog.yaml").unlink()

    Factory(places["lanes"]).df("run", expect=2)

    assert not (places["lanes"] / ".darkfactory").exists()


def test_the_first_plan_makes_a_state_folder_for_its_owner_alone(places: dict[str, Path]) -> None:
    Factory(places["lanes"]).df("triage")

    state = places["lanes"] / ".darkfactory"
    assert state.stat().st_mode & 0o777 == 0o700
    assert Repository(places["lanes"]).git("status", "--porcelain") == ""


def test_in_an_agents_workspace_the_way_to_the_factory_is_named(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": [write_note("ONE")]}, [bug("ONE")])
    factory.df("run")
    (workspace,) = (
        path
        for path in (factory.state.root / "workspaces" / "agents").iterdir()
        if path.name[0] != "."
    )

    for command in (*LOOKS, *REFUSED, ("triage",), ("run",), ("init",)):
        done = Factory(workspace).df(*command, expect=None)

        assert done.returncode != 0, command
        assert "is a workspace of the factory" in done.stdout + done.stderr, command
        assert not (workspace / ".darkfactory").exists(), command
