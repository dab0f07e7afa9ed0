"""The gate in a browser: a change is read, judged, and lands."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.browser import Person, person
from tests.fakes.factories import Factory, bug, edit_calc, make_factory, write_note
from tests.fakes.served import Served, serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

FLAGGED = {
    "marker": "flagged",
    "turns": [
        {"say": "Faster.", "do": [{"shell": "echo '# faster' >> lanes.yaml"}]},
        {"say": "I only changed notes.txt."},
    ],
}

KEPT_TESTS = "from calc import add\n\n\ndef test_add():\n    assert add(0, 0) == 0\n"
TAMPERED = {
    "marker": "tamper",
    "turns": [
        {
            "say": "Mending.",
            "do": [
                {"write": {"path": "{cwd}/more.py", "content": "MORE = 1\n"}},
                {
                    "edit": {
                        "path": "{cwd}/tests/test_calc.py",
                        "old": "assert add(0, 0) == 0",
                        "new": "assert True",
                    }
                },
            ],
        },
        {"say": "Mended."},
    ],
}
NAMED = "tests/test_calc.py:5 'assert True' in place of 'assert add(0, 0) == 0' cannot fail"


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    script = {
        "sessions": [
            edit_calc("sums"),
            FLAGGED,
            TAMPERED,
            *map(write_note, ("back", "shut", "later", "beside")),
        ]
    }
    items = [bug(name) for name in ("sums", "flagged", "tamper", "back", "shut", "later", "beside")]
    lane = 'taste: ["Would I maintain this?"]'
    files = {"tests/test_calc.py": KEPT_TESTS}
    made = make_factory(tmp_path_factory.mktemp("gate"), script, items, lane=lane, files=files)
    made.df("run")
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture
def somebody(browser: Browser, served: Served) -> Iterator[Person]:
    with person(browser, served) as made:
        yield made


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_change_is_read_approved_and_lands(factory: Factory, somebody: Person) -> None:
    page = somebody.tab("/gate")
    page.get_by_role("link", name="Mend sums").click()
    expect(page.locator("#diff .line.removed")).to_have_text("-    return a - b")
    expect(page.locator("#diff .line.added")).to_have_text("+    return a + b")

    page.get_by_role("radio", name="yes").check()
    page.get_by_label("Your words").fill("Plain and small.")
    press(page, "Approve")

    expect(page.locator("#result")).to_contain_text("Landed as")
    expect(page.locator("#origin")).to_contain_text("landed")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_disabled()
    said = factory.wait_for("change.approved", change="c-sums")
    assert (said.data["by"], said.data["text"]) == ("tester", "Plain and small.")
    assert said.data["taste"] == [{"question": "Would I maintain this?", "answer": True}]
    assert "return a + b" in (factory.root / "calc.py").read_text()


def test_a_flagged_change_says_so_and_lands_only_when_that_is_confirmed(
    factory: Factory, somebody: Person
) -> None:
    page = somebody.tab("/gate/c-flagged")
    expect(page.locator("#look")).to_contain_text("LOOK Protected paths")
    expect(page.locator("#claims")).to_contain_text("REFUTED")

    press(page, "Approve")
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("touches the harness: lanes.yaml")
    press(page, "Not yet")
    expect(page.locator("#result")).to_have_text("Not approved yet.")
    assert not [
        e
        for e in factory.events()
        if e.type == "change.approved" and e.data["change"] == "c-flagged"
    ]
    press(page, "Approve")
    press(page, "Approve it")

    expect(page.locator("#result")).to_contain_text("Landed as")


def test_a_line_that_makes_a_test_say_less_is_shown_and_wants_a_word_of_its_own(
    factory: Factory, somebody: Person
) -> None:
    both = factory.json("gate", "approve", "c-tamper", "c-beside", expect=None)
    refused = {one["id"]: one["reason"] for one in both["refused"]}
    page = somebody.tab("/gate/c-tamper")

    expect(page.locator("#look")).to_contain_text(f"LOOK Weakens tests?: {NAMED}")
    expect(page.locator("#facts")).to_contain_text("prove nothing of it")
    press(page, "Approve")
    expect(page.get_by_role("dialog")).to_contain_text("makes tests say less")
    press(page, "Not yet")

    expect(page.locator("#result")).to_have_text("Not approved yet.")
    assert refused == {"c-tamper": "makes tests say less: approve it by itself"}


def test_a_rework_wants_words_and_passes_them_on(factory: Factory, somebody: Person) -> None:
    page = somebody.tab("/gate/c-back")
    expect(page.get_by_role("button", name="Rework")).to_be_enabled()

    press(page, "Rework")
    expect(page.locator("#result")).to_contain_text("Say what is to change")
    expect(page.get_by_label("Your words")).to_be_focused()
    page.keyboard.type("Shorter.")
    page.locator("#diff .line.added").click()
    page.get_by_label("Your comment", exact=True).fill("Why this?")
    press(page, "Comment")
    expect(page.locator("#unsent")).to_have_text("1 comment on lines: a rework sends them.")
    press(page, "Rework")

    expect(page.locator("#result")).to_contain_text("Sent back")
    expect(page.locator("#origin")).to_contain_text("REWORK")
    said = factory.wait_for("change.rework", change="c-back").data
    assert (said["text"], said["places"][0]["path"]) == ("Shorter.", "notes/back.txt")
    assert said["places"][0]["text"] == "Why this?"


def test_changes_are_closed_and_put_aside(factory: Factory, somebody: Person) -> None:
    page = somebody.tab("/gate/c-shut")
    page.get_by_label("Close as").select_option("duplicate")
    press(page, "Close")
    expect(page.locator("#result")).to_have_text("Closed.")
    page = somebody.tab("/gate/c-later")
    page.get_by_label("Defer until").fill("2h")
    press(page, "Defer")
    expect(page.locator("#result")).to_have_text("Put aside until 2h.")

    assert factory.wait_for("change.closed", change="c-shut").data["reason"] == "duplicate"
    assert factory.wait_for("change.deferred", change="c-later").data["by"] == "tester"
