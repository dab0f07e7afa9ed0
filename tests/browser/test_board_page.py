"""The board in a browser: what it shows without a reload, and what is answered there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from tests.fakes.browser import Person, person
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import PATIENCE, Served, serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

ASKS = {
    "marker": "asks",
    "turns": [{"say": "Looking.", "do": [{"shell": "touch asked.txt"}]}, {"say": "Done."}],
}


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [write_note("quick"), write_note("slow", sleep=300), ASKS]}
    lane = "autonomy: suggest, silence: 10m"
    made = make_factory(tmp_path, script, [bug("quick"), bug("slow"), bug("asks")], lane=lane)
    made.df("triage")
    yield made
    made.end()


@pytest.fixture
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture
def somebody(browser: Browser, served: Served) -> Iterator[Person]:
    with person(browser, served) as made:
        yield made


def counts(page: Page, lane: str) -> str:
    section = page.get_by_role("region", name=lane)
    return " ".join(section.locator("dl.counts").inner_text().split())


def test_the_board_follows_a_run_without_a_reload(factory: Factory, somebody: Person) -> None:
    page = somebody.tab()
    lane = page.get_by_role("region", name="bugs", exact=True)
    expect(lane.locator(".todo dd")).to_have_text("3")
    page.evaluate("window.sameDocument = true")

    factory.start("run", "--item", "quick")

    expect(lane.locator(".waiting dd")).to_have_text("1")
    expect(lane.locator(".todo dd")).to_have_text("2")
    waits = page.get_by_role("region", name="Waits for you")
    expect(waits.get_by_role("link", name="Mend quick")).to_have_attribute("href", "/gate/c-quick")
    expect(page.locator("#gate-count")).to_have_text("1")
    assert page.evaluate("window.sameDocument")


def test_a_branch_that_lacks_what_has_landed_is_told_with_the_command(
    factory: Factory, somebody: Person
) -> None:
    factory.df("run", "--item", "quick")
    (factory.root / "calc.py").write_text("in the middle of something\n")

    factory.df("gate", "approve", "c-quick")
    page = somebody.tab()

    told = page.get_by_role("region", name="Waits for you").locator("li").first
    expect(told).to_contain_text("YOUR BRANCH main lacks what has landed")
    expect(told).to_contain_text("git ")


def test_what_keeps_the_board_from_being_true_is_told(factory: Factory, somebody: Person) -> None:
    page = somebody.tab()
    expect(page.get_by_role("region", name="bugs", exact=True)).to_be_visible()
    lanes = factory.root / "lanes.yaml"
    good = lanes.read_text()

    lanes.write_text("lanes: 7\n")
    Stream(factory.state.streams, "factory").append([Event("plan.made", {})])
    expect(page.locator("#banner")).to_contain_text("What you see may be old: lanes.yaml")
    expect(page.get_by_role("region", name="bugs", exact=True)).to_be_visible()
    lanes.write_text(good)
    Stream(factory.state.streams, "factory").append([Event("plan.made", {})])

    expect(page.locator("#banner")).to_be_hidden()
    somebody.complaints.clear()  # of the answer 400, by the browser


def test_who_has_lost_the_right_to_look_is_told_how_to_get_in(
    factory: Factory, served: Served, somebody: Person
) -> None:
    page = somebody.tab()
    expect(page.locator("#connection")).to_have_text("live")

    served.process.kill()
    served.process.wait(PATIENCE)
    (factory.state.root / "token").unlink()
    serve(factory)

    expect(page.locator("#banner")).to_contain_text("df serve link")
    page.close()
    somebody.complaints.clear()  # of the refused socket, by the browser


def test_an_approval_is_given_on_the_board(factory: Factory, somebody: Person) -> None:
    page = somebody.tab()
    factory.start("run", "--item", "asks")
    asked = page.get_by_role("region", name="Waits for you").locator(".approval")
    expect(asked).to_contain_text("touch asked.txt")

    asked.get_by_role("button", name="Approve", exact=True).click()

    expect(asked).to_have_count(0)
    said = factory.wait_for("approval.resolved", "s/s-asks-1")
    assert (said.data["decision"], said.data["by"]) == ("approve", "tester")


def test_an_approval_is_denied_in_its_session_after_the_server_came_back(
    factory: Factory, served: Served, somebody: Person
) -> None:
    factory.start("run", "--item", "asks")
    page = somebody.tab("/session/s-asks-1")
    asked = page.locator("#approvals .approval")
    expect(asked).to_contain_text("touch asked.txt")
    expect(page.locator("#state")).to_contain_text("WAITING APPROVAL")

    served.process.kill()
    served.process.wait(PATIENCE)
    expect(page.locator("#connection")).to_have_text("not connected")
    asked.get_by_role("button", name="Deny").click()
    serve(factory)

    expect(asked).to_have_count(0)
    expect(page.locator("#log .entry.approval")).to_contain_text("denied by tester")
    said = factory.wait_for("approval.resolved", "s/s-asks-1")
    assert (said.data["decision"], said.data["by"]) == ("deny", "tester")


def test_a_network_that_is_away_for_a_while_changes_nothing_in_the_end(
    factory: Factory, somebody: Person
) -> None:
    page = somebody.tab("/session/s-away")
    stream = Stream(factory.state.streams, "s/s-away")
    stream.append([Event("message", {"role": "assistant", "text": "n1"})])
    last = page.locator("#log .entry.message").last
    expect(last).to_contain_text("n1")

    somebody.context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("not connected")
    stream.append([Event("message", {"role": "assistant", "text": "n2"})])
    somebody.context.set_offline(False)

    expect(last).to_contain_text("n2")
    expect(page.locator("#log .entry.message")).to_have_count(2)


def test_a_board_that_is_opened_while_the_server_is_down_shows_what_was_known(
    factory: Factory, served: Served, somebody: Person
) -> None:
    page = somebody.tab()
    expect(page.get_by_role("region", name="bugs", exact=True)).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("caches.match('/kept/board').then((kept) => Boolean(kept))")

    served.process.kill()
    served.process.wait(PATIENCE)
    other = somebody.tab()
    expect(other.get_by_role("region", name="bugs", exact=True)).to_be_visible()
    expect(other.locator("#banner")).to_contain_text("What you see is from")
    serve(factory)

    expect(other.locator("#connection")).to_have_text("live")


def test_who_is_in_a_session_is_shown(factory: Factory, somebody: Person) -> None:
    page = somebody.tab("/session/s-slow-1")

    factory.start("run", "--item", "slow")

    expect(page.locator("#facts")).to_contain_text("mock working")
