"""What holds on every page, at every width and in both colour schemes."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.browser import DESKTOP, PHONE, person, shot
from tests.fakes.factories import Factory
from tests.fakes.served import Served, serve
from tests.fakes.showcase import showcase

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("showcase"),
]

PLACES = {
    "board": ("/", "A title that is as long"),
    "session": ("/session/s-live-mean-1", "The test shows the fault"),
    "approval": ("/session/s-tidy-cache-1", "wants to run"),
    "visitor": ("/session/s-review", "waffle 0.62 WARN"),
    "ended": ("/session/s-mean-empty-1", "+def mean"),
    "gate": ("/gate", "Checks take too long"),
    "change": ("/gate/c-faster-checks", "LOOK Protected paths"),
}
BUTTONS = {
    "board": ["Approve", "Deny"],
    "session": ["Steer", "Interrupt", "Cancel"],
    "approval": ["Approve", "Deny", "Steer", "Interrupt", "Cancel"],
    "change": ["Approve", "Rework", "Reimplement", "Close", "Defer"],
}
_CONTRAST = Path(__file__).with_name("contrast.js").read_text()
_UNNAMED = """() => [...document.querySelectorAll("a, button, input, textarea, select, summary")]
  .filter((one) => one.checkVisibility() && !one.textContent.trim())
  .filter((one) => !(one.labels?.length || one.getAttribute("aria-label")))
  .map((one) => one.outerHTML)"""
_IDS = "[...document.querySelectorAll('[id]')].map((one) => one.id)"


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    made = showcase(tmp_path_factory.mktemp("showcase"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


def go(page: Page, name: str) -> Page:
    place, told = PLACES[name]
    page.goto(place)
    expect(page.locator("#connection")).to_have_text("live")
    expect(page.locator("main")).to_contain_text(told)
    return page


@pytest.mark.parametrize(
    ("size", "scheme"), list(product(("desktop", "phone"), ("light", "dark"))), ids=str
)
def test_every_page_fits_and_can_be_read(
    browser: Browser, served: Served, size: str, scheme: Any
) -> None:
    width, height = {"desktop": DESKTOP, "phone": PHONE}[size]

    with person(browser, served, size=(width, height), color_scheme=scheme) as somebody:
        page = somebody.tab()
        for name in PLACES:
            go(page, name)
            shot(page, f"{name}-{size}-{scheme}")
            for fold in page.locator("details:not([open]) > summary").all():
                if fold.is_visible():
                    fold.click()

            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert page.evaluate(_CONTRAST) == [], name


def test_every_page_tells_its_parts_to_who_cannot_see_it(browser: Browser, served: Served) -> None:
    with person(browser, served) as somebody:
        page = somebody.tab()
        for name in PLACES:
            go(page, name)
            ids = page.evaluate(_IDS)

            assert page.get_by_role("heading", level=1).count() == 1, name
            assert page.get_by_role("main").count() == 1, name
            assert page.locator("html").get_attribute("lang") == "en"
            assert page.evaluate(_UNNAMED) == [], name
            assert len(ids) == len(set(ids)), name
            for button in BUTTONS.get(name, []):
                assert page.get_by_role("button", name=button, exact=True).count() == 1, button


def test_the_first_key_leads_past_the_top_of_a_page(browser: Browser, served: Served) -> None:
    with person(browser, served) as somebody:
        page = go(somebody.tab(), "board")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()

        page.keyboard.press("Enter")

        expect(page.locator("main")).to_be_focused()


def test_what_was_focused_stays_focused_while_the_board_changes(
    browser: Browser, served: Served
) -> None:
    with person(browser, served) as somebody:
        page = go(somebody.tab(), "board")
        deny = page.get_by_role("button", name="Deny")
        deny.focus()
        with page.expect_response("**/v1/status"):
            served.post("s/s-tidy-cache-1", {"type": "message", "data": {"text": "still here"}})

        expect(deny).to_be_focused()


def test_a_doubted_session_draws_its_score_and_says_why(browser: Browser, served: Served) -> None:
    drawn = "the waffle score over time: 0.31, 0.62"
    with person(browser, served) as somebody:
        board = go(somebody.tab(), "board")
        row = board.locator("li.session", has_text="s-review").first
        expect(row.get_by_role("img", name=drawn)).to_be_visible()
        expect(row).to_contain_text("WARN: the same command failed 4 times with the same output")

        page = go(somebody.tab(), "visitor")

        expect(page.locator("#facts").get_by_role("img", name=drawn)).to_be_visible()
