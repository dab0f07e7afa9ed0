"""``df attach`` on a real terminal, in the repository and from afar."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import serve
from tests.fakes.terminals import Terminal

pytestmark = pytest.mark.timeout(90)
LEAVE = b"\x11"  # Ctrl-Q


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    made = make_factory(tmp_path, {"sessions": [write_note("slow", sleep=300)]}, [bug("slow")])
    yield made
    made.end()


@pytest.mark.parametrize("place", ["here", "afar"])
def test_a_session_is_followed_steered_and_left_alone(
    factory: Factory, tmp_path: Path, place: str
) -> None:
    arguments, cwd, env = ["attach", "s-slow-1"], factory.root, {}
    if place == "afar":
        served = serve(factory)
        cwd, env = tmp_path / "home", {"DF_TOKEN": served.token}
        arguments += ["--server", served.url]
    factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    terminal = Terminal(factory, *arguments, cwd=cwd, **env)
    terminal.wait_for("ASSISTANT: Writing.")

    terminal.type(b"half a sentence")
    terminal.wait_for("half a sentence")
    terminal.type(LEAVE)
    terminal.wait_for("left;")
    status = terminal.end()

    asked = [event.type for event in factory.events("s/s-slow-1")]
    assert (status, "control.requested" in asked, "session.ended" in asked) == (0, False, False)

    terminal = Terminal(factory, *arguments, cwd=cwd, **env)
    terminal.wait_for("ASSISTANT: Writing.")
    terminal.type(b"Hurry.\r")
    terminal.wait_for("= steer: applied now")
    steer = factory.wait_for("control.requested", "s/s-slow-1", op="steer")
    terminal.process.kill()
    terminal.process.wait()

    assert (steer.data["text"], steer.data["by"]) == ("Hurry.", "tester")


def test_without_a_terminal_the_way_out_is_said(factory: Factory) -> None:
    said = factory.df("attach", "s-slow-1", expect=2).stderr

    assert "fix: `df sessions follow s-slow-1` prints the same log anywhere" in said
