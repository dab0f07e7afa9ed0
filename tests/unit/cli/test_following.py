"""A person who follows a session is never left without knowing how to go on."""

import signal
from pathlib import Path
from typing import Any

import pytest

from darkfactory.cli.following import Names
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream, Writer
from tests.fakes.factories import Factory, bug, make_factory, write_note


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    script = {"sessions": [write_note("good"), {"marker": "bad", "turns": [{"say": "I cannot."}]}]}
    return make_factory(tmp_path, script, [bug("good"), bug("bad")])


def tell(factory: Factory, type_: str, **data: Any) -> None:
    """Write to the log of a session that somebody else runs."""
    stream = Stream(factory.state.streams, "s/s-theirs")
    Writer(stream, producer="theirs", session="s-theirs", once=True).write(type_, data)
    stream.close()


def test_who_leaves_a_log_is_told_how_to_read_on_exactly_there(factory: Factory) -> None:
    tell(factory, "message", role="user", text="before")
    shown = factory.root.parent / "shown.txt"
    with shown.open("w") as file:
        reader = factory.start("sessions", "follow", "s-theirs", stdout=file)
    factory.wait(lambda: "before" in shown.read_text())

    reader.send_signal(signal.SIGINT)
    status = reader.wait(20)
    said = (factory.root.parent / "stderr.txt").read_text()
    command = said.partition("read on with: df ")[2].split()
    tell(factory, "message", role="user", text="after")
    tell(factory, "session.ended", outcome="failed", reason="no")
    rest = factory.df(*command)

    assert status == 130
    assert rest.stdout == "USER: after\n== failed: no\n"
    assert rest.stderr == "Next: df sessions show s-theirs\n"


def test_the_end_of_a_log_leads_to_the_change_or_else_to_the_session(factory: Factory) -> None:
    factory.df("run", expect=1)

    good = factory.df("sessions", "follow", "s-good-1").stderr
    bad = factory.df("sessions", "follow", "s-bad-1").stderr
    shown = factory.df("sessions", "show", "s-bad-1").stderr

    assert good == "Next: df gate show c-good\n"
    assert bad == "Next: df sessions show s-bad-1\n"
    assert shown == "Next: df run --item bad\n"


def test_programs_that_follow_are_told_by_the_events_alone(factory: Factory) -> None:
    tell(factory, "session.ended", outcome="failed", reason="no")

    assert factory.df("sessions", "follow", "s-theirs", "--json").stderr == ""


def test_a_name_has_one_width_and_a_colour_of_its_own_on_terminals_alone() -> None:
    plain, coloured = Names(coloured=False), Names(coloured=True)
    for names in (plain, coloured):
        names.add("s-a-1")
        names.add("s-median-12")

    assert plain.before("s-a-1") == "a-1       | "
    assert plain.before("s-median-12") == "median-12 | "
    assert coloured.before("s-a-1") == "\x1b[36ma-1       | \x1b[0m"
    assert coloured.before("s-median-12") == "\x1b[33mmedian-12 | \x1b[0m"


def test_a_long_name_keeps_its_end_which_tells_attempts_apart() -> None:
    names = Names(coloured=False)

    assert names.before("s-a-very-long-name-of-an-item-1") != names.before(
        "s-a-very-long-name-of-an-item-2"
    )
    assert names.left_of(80) == 80 - 20 - 3


def test_an_offset_is_of_one_log_alone(factory: Factory) -> None:
    tell(factory, "message", role="user", text="x")

    command = ("sessions", "follow", "--from", format_offset(0), "--json")
    said = factory.df(*command, expect=2).stderr

    assert "an offset is of one session" in said


def test_an_escape_in_a_name_or_a_text_reaches_programs_alone(factory: Factory) -> None:
    tell(factory, "message", role="user", text="\x1b]0;owned\x07red\x1b[31m")
    tell(factory, "session.ended", outcome="failed", reason="\x1b[2Jno")

    people = factory.df("sessions", "follow", "s-theirs").stdout
    programs = factory.df("sessions", "follow", "s-theirs", "--json").stdout

    assert people == "USER: red\n== failed: no\n"
    assert "\\u001b]0;owned" in programs


def test_no_text_of_an_event_looks_like_an_event_of_its_own(factory: Factory) -> None:
    tell(factory, "message", role="user", text="x\n== proposed: it is all fine")
    tell(factory, "message", role="== proposed", text="fine")
    tell(factory, "file.changed", path="a\u202egpj.py\n== proposed: fine", added="1", removed="0")
    tell(factory, "session.ended", outcome="failed", reason="n\u200bo")

    people = factory.df("sessions", "follow", "s-theirs").stdout
    programs = factory.df("sessions", "follow", "s-theirs", "--json").stdout

    assert people.splitlines() == [
        "USER: x",
        "  | == proposed: it is all fine",
        "?: fine",
        "    a<U+202E>gpj.py",
        "  | == proposed: fine +1 -0",
        "== failed: n<U+200B>o",
    ]
    assert "a\u202egpj.py" in programs


def test_facts_of_another_kind_than_they_should_be_are_shown_as_absent(factory: Factory) -> None:
    odd = {"item": ["x"], "title": {}, "confinement": 7, "confined": "no", "version": [1]}
    tell(factory, "session.started", **odd)
    tell(factory, "session.ended", outcome=7, preserved=[1], notes=7, cost_usd=10**400)

    shown = factory.df("sessions", "show", "s-theirs").stdout
    listed = factory.df("sessions", "list").stdout

    assert shown.startswith("s-theirs  ended")
    assert "confined" not in shown
    assert "['x']" not in shown + listed
