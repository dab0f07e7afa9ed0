"""A bare ``df gate`` on a real terminal: read, say yes, leave; it has landed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, edit_calc, make_factory, write_note
from tests.fakes.served import PATIENCE
from tests.fakes.terminals import Terminal

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [edit_calc("add"), write_note("note")]}
    made = make_factory(tmp_path, script, [bug("add"), bug("note")])
    made.df("run")
    yield made
    made.end()


def test_a_change_is_read_and_approved_and_has_landed_when_the_screen_is_left(
    factory: Factory,
) -> None:
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("== calc.py")

    terminal.type(b"a")
    terminal.wait_for("c-add landed as")
    terminal.type(b"q")
    terminal.wait_for("1 change waits. Next: df gate")

    assert terminal.end() == 0
    entries = factory.json("gate", "log")["entries"]
    said = next(entry for entry in entries if entry["event"] == "approved")
    assert (said["change"], said["by"], said["seen"]) == ("c-add", "tester", ["calc.py"])
    assert said["seconds"] >= 0
    assert factory.json("gate")["changes"][0]["id"] == "c-note"


def test_a_screen_whose_terminal_is_gone_ends(factory: Factory) -> None:
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("== calc.py")

    terminal.close()

    assert terminal.process.wait(PATIENCE) == 3  # there is nowhere to say anything
    assert len(factory.json("gate")["changes"]) == 2


def test_the_diff_opens_in_the_pager_of_lanes_yaml(factory: Factory) -> None:
    lanes = factory.root / "lanes.yaml"
    pager = "cat > pager.txt; git --git-dir $DF_HUB show $DF_HEAD:calc.py >> pager.txt"
    lanes.write_text(lanes.read_text() + f"gate: {{pager: '{pager}'}}\n")
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("== calc.py")

    terminal.type(b"o")

    shown = factory.root / "pager.txt"
    factory.wait(lambda: shown.exists() and "def add" in shown.read_text().split("@@")[-1])
    assert "+    return a + b" in shown.read_text()
    terminal.type(b"q")
    terminal.wait_for("2 changes wait")
    assert terminal.end() == 0


def test_without_a_terminal_or_with_nothing_to_read_it_is_the_list(factory: Factory) -> None:
    piped = factory.df("gate").stdout

    for change in ("c-add", "c-note"):
        factory.df("gate", "close", change, "--as", "not-planned")
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("nothing is at the gate")

    assert piped.startswith("CHANGE  LANE")
    assert terminal.end() == 0


def test_only_what_changed_since_the_last_look_is_shown_on_demand(factory: Factory) -> None:
    first = factory.json("gate", "show", "add", "--since-last")
    factory.df("gate", "rework", "add", "-m", "again, note")
    factory.df("run")

    later = factory.json("gate", "show", "add", "--since-last")
    shown = factory.df("gate", "show", "add", "--since-last").stdout
    other = Factory(factory.root)
    nobody = other.df("gate", "show", "add", "--since-last", env={"DARKFACTORY_USER": "eve"}).stdout

    assert (first["since_last"], first["last_look"]) == (None, None)
    assert "+note" in later["since_last"]
    assert "calc.py" not in later["since_last"]
    assert (later["last_look"]["revision"], later["change"]["revision"]) == (1, 2)
    assert "Since revision 1, which you have looked at:" in shown
    assert "You have not looked at another revision" in nobody
