"""A session in a browser: its log, live, and what a person asks of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from tests.fakes.browser import Person, entries, person
from tests.fakes.event_contract import REQUIRED
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import PATIENCE, Served, serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31mred\x1b[0m "
    "[a link](http://evil.example) http://evil.example \u202egnp.exe\u202c \x07"
)

SHAPES: list[Any] = [None, 7, "x", [], [None], {}, {"a": []}, "__proto__", True]


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [write_note("slow", sleep=300)]}
    made = make_factory(tmp_path, script, [bug("slow")])
    yield made
    made.end()


@pytest.fixture
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture
def working(factory: Factory, served: Served) -> Served:
    """A server of a factory in which session s-slow-1 is in the middle of its turn."""
    factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    return served


@pytest.fixture
def somebody(browser: Browser, served: Served) -> Iterator[Person]:
    with person(browser, served) as made:
        yield made


def steer(page: Page, text: str) -> None:
    page.get_by_label("Tell it something").fill(text)
    page.get_by_role("button", name="Steer", exact=True).click()


@pytest.mark.usefixtures("working")
def test_a_second_tab_shows_the_steer_of_the_first(somebody: Person) -> None:
    first, second = (somebody.tab("/session/s-slow-1") for _ in range(2))

    steer(first, "Write it in Latin.")

    for page in (first, second):
        row = page.locator("#log .entry.control")
        expect(row).to_contain_text("tester steered")
        expect(row).to_contain_text("Write it in Latin.")
        expect(row).to_contain_text("applied")


@pytest.mark.usefixtures("working")
def test_a_steer_needs_nothing_but_a_keyboard(somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")
    expect(page.locator("#log .entry")).not_to_have_count(0)

    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "words":
            break
    page.keyboard.type("By keyboard.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#log .entry.control")).to_contain_text("By keyboard.")


@pytest.mark.usefixtures("working")
def test_a_cancel_asks_first_and_then_ends_the_session(factory: Factory, somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the session").click()

    expect(page.locator("#state")).to_contain_text("cancelled")
    expect(page.locator("#log .entry.control").first).to_contain_text("tester cancelled")
    expect(page.get_by_role("button", name="Steer", exact=True)).to_be_disabled()
    asked = Stream(factory.state.streams, "s/s-slow-1/control").read_bodies()
    assert [body["op"] for _, body in asked] == ["cancel"]


@pytest.mark.usefixtures("working")
def test_an_interrupt_leaves_the_session_open_for_other_words(somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")

    page.get_by_role("button", name="Interrupt").click()
    expect(page.locator("#state")).to_contain_text("idle")
    steer(page, "slow: go on.")

    expect(page.locator("#log .entry.control").last).to_contain_text("go on")


@pytest.mark.usefixtures("working")
def test_an_interrupt_with_words_goes_on_with_them(somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")

    page.get_by_label("Tell it something").fill("slow: in Latin.")
    page.get_by_role("button", name="Interrupt").click()

    row = page.locator("#log .entry.control").first
    expect(row).to_contain_text("tester interrupted")
    expect(row).to_contain_text("in Latin")
    expect(page.locator("#log .entry.message").last).to_contain_text("Writ")


@pytest.mark.usefixtures("working")
def test_what_a_session_has_changed_is_shown_while_it_works(somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")

    page.get_by_text("What it changed").click()

    expect(page.locator("#diff .line.added")).to_have_text("+slow")
    expect(page.locator("#diff")).to_contain_text("In its workspace at")


def test_a_cut_loses_nothing_and_doubles_nothing(
    factory: Factory, served: Served, somebody: Person
) -> None:
    def say(*numbers: int) -> None:
        found = [Event("message", {"role": "assistant", "text": f"n{n}"}) for n in numbers]
        Stream(factory.state.streams, "s/s-cut").append(found)

    say(1, 2)
    page = somebody.tab("/session/s-cut")
    last = page.locator("#log .entry.message").last
    expect(last).to_contain_text("n2")

    served.process.kill()
    served.process.wait(PATIENCE)
    expect(page.locator("#connection")).to_have_text("not connected")
    expect(page.locator("#banner")).to_contain_text("No connection since")
    expect(last).to_contain_text("n2")
    say(3)
    serve(factory)
    expect(last).to_contain_text("n3")
    say(4, 5)

    expect(last).to_contain_text("n5")
    expect(page.locator("#banner")).to_be_hidden()
    assert entries(page, "message") == ["n1", "n2", "n3", "n4", "n5"]


def test_a_reload_while_the_server_is_down_shows_what_was_known_and_says_how_old_it_is(
    factory: Factory, served: Served, somebody: Person
) -> None:
    stream = Stream(factory.state.streams, "s/s-kept")
    asked = Event("approval.requested", {"request": "r1", "command": "touch it"})
    stream.append([Event("message", {"role": "assistant", "text": "before"}), asked])
    page = somebody.tab("/session/s-kept")
    expect(page.locator("#log .entry.message")).to_contain_text("before")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function(
        "caches.open('df-kept').then((c) => c.keys()).then((keys) => keys.length > 0)"
    )

    served.process.kill()
    served.process.wait(PATIENCE)
    page.reload()
    expect(page.locator("#log .entry.message")).to_contain_text("before")
    expect(page.locator("#banner")).to_contain_text("What you see is from")
    expect(page.locator("#approvals .approval")).to_contain_text("touch it")
    serve(factory)
    stream.append([Event("message", {"role": "assistant", "text": "after"})])

    expect(page.locator("#log .entry.message").last).to_contain_text("after")
    assert entries(page, "message") == ["before", "after"]


def test_hostile_text_of_a_log_is_only_ever_text(factory: Factory, somebody: Person) -> None:
    started = {"call": "1", "kind": "shell", "name": HOSTILE, "command": HOSTILE, "paths": []}
    ended = {"call": "1", "status": "ok", "exit_code": 0, "output": HOSTILE, "ms": 5}
    events = [
        Event("session.started", {"item": HOSTILE, "title": HOSTILE, "lane": HOSTILE}),
        Event("message", {"role": "assistant", "text": HOSTILE}),
        Event("message", {"role": HOSTILE, "text": HOSTILE * 20}),
        Event("tool.started", started),
        Event("tool.finished", ended),
        Event("file.changed", {"path": HOSTILE, "added": HOSTILE, "removed": None}),
        Event("warning", {"text": HOSTILE}),
        Event("strange.kind", {"text": HOSTILE, "deep": {"a": [HOSTILE]}}),
        Event("approval.requested", {"request": HOSTILE, "command": HOSTILE}),
        Event("waffle.scored", {"score": 1, "action": "warn", "signals": [{"because": HOSTILE}]}),
        Event("control.requested", {"id": HOSTILE, "op": HOSTILE, "by": HOSTILE, "text": HOSTILE}),
        Event("session.ended", {"outcome": HOSTILE, "reason": HOSTILE}),
    ]
    Stream(factory.state.streams, "s/s-bad").append(events)

    page = somebody.tab("/session/s-bad")
    expect(page.locator("#log .entry.message").first).to_contain_text("<img src=x onerror")
    page.locator("#log details > summary").first.click()

    shown = page.locator("main").inner_text()
    assert page.locator("main img, main script, #log a").count() == 0
    assert "⟨U+202E⟩gnp.exe" in shown
    assert not {"\x1b", "\u202e", "\x07"} & set(shown)


def test_events_of_any_shape_break_nothing(factory: Factory, somebody: Person) -> None:
    keys = {key for kind in REQUIRED.values() for key in kind} | {"text", "because"}
    bodies = [
        {"type": type_, "session": "s-odd", "agent": value, "ts": value, "data": data}
        for value in SHAPES
        for type_ in [*REQUIRED, "x"]
        for data in (value, dict.fromkeys(keys, value), {"signals": [value, {"because": value}]})
    ]
    last = {"type": "message", "data": {"role": "assistant", "text": "the last"}}
    log = factory.state.streams / "s" / "s-odd.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(json.dumps(body) + "\n" for body in (7, [], *bodies, last)))

    page = somebody.tab("/session/s-odd")

    expect(page.locator("#log .entry").last).to_contain_text("the last")


def test_a_long_log_is_shown_from_its_end_and_goes_back_to_its_start(
    factory: Factory, somebody: Person
) -> None:
    events = [Event("message", {"role": "assistant", "text": f"n{n}"}) for n in range(900)]
    Stream(factory.state.streams, "s/s-long").append(events)

    page = somebody.tab("/session/s-long")
    rows = page.locator("#log .entry")
    expect(rows.last).to_contain_text("n899")
    shown = rows.count()
    for count in (400, 600, 800, 900):
        page.get_by_role("button", name="Show earlier").click()
        expect(rows).to_have_count(count)

    assert shown == 200
    assert entries(page, "message") == [f"n{n}" for n in range(900)]
    expect(page.get_by_role("button", name="Show earlier")).to_be_hidden()
