"""The review in a browser: what the review screen shows, asks, measures and tells."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from darkfactory.domain.event import Event
from darkfactory.factory.judge_change import PersonsGate
from darkfactory.factory.line import Line, open_line
from darkfactory.factory.since_last import mark_looked
from darkfactory.gate.conflicts import compare
from tests.fakes.browser import PHONE, Person, person, shot
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer
from tests.fakes.served import Served, serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

TESTS = "from calc import add\n\n\ndef test_add():\n    assert add(0, 0) == 0\n"
WEAKER = TESTS.replace("add(0, 0) == 0", "True")
BLOCK = "def total(values):\n    result = sum(values)\n    return result\n"
FILES = {
    "tests/test_calc.py": TESTS,
    "sums.py": f"import os\n{BLOCK}",
    "one.txt": "one\n",
    "two.txt": "two\n",
}
LANE = 'batch: {files: 100, lines: 2000}, taste: ["Would I maintain this?", "Is it small?"]'
SCRIPT = "<script>window.got=1</script>"
IMAGE = "<img src=x onerror=window.got=1>"
_CONTRAST = Path(__file__).with_name("contrast.js").read_text()


class Gate:
    """The gate of a factory that changes are offered to without any session."""

    def __init__(self, factory: Factory) -> None:
        self.factory = factory
        self.line: Line = open_line(factory.root)
        self.line.hub.sync_base()

    def offer(self, item: str, files: Mapping[str, str], *, epoch: int = 1, **more: str) -> None:
        room = self.line.gate()
        offer(room, item, files, epoch=epoch, **more)
        compare(room)

    def told(self, type_: str, change: str) -> Event:
        return self.factory.wait_for(type_, change=change)


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    folder: Path = tmp_path_factory.mktemp("review")
    made = make_factory(folder, {"sessions": []}, [bug("none")], lane=LANE, files=FILES)
    yield made
    made.end()


@pytest.fixture(scope="module")
def gate(factory: Factory) -> Gate:
    return Gate(factory)


@pytest.fixture(scope="module")
def served(gate: Gate) -> Served:
    return serve(gate.factory)


@pytest.fixture
def somebody(browser: Browser, served: Served) -> Iterator[Person]:
    with person(browser, served) as made:
        yield made


def opened(somebody: Person, change: str) -> Page:
    page = somebody.tab(f"/gate/{change}")
    expect(page.locator("#diff .line.code").first).to_be_visible()
    return page


def paths(page: Page) -> list[str]:
    return page.locator("#diff .file > summary .path").all_inner_texts()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_diff_begins_with_what_may_do_harm_and_says_it_at_its_line(
    gate: Gate, somebody: Person
) -> None:
    moved = {"sums.py": "import sys\n", "totals.py": BLOCK}
    gate.offer("risk", {"poetry.lock": "x\n", "tests/test_calc.py": WEAKER, **moved})

    page = opened(somebody, "c-risk")

    assert paths(page) == ["tests/test_calc.py", "sums.py", "totals.py", "poetry.lock"]
    flag = page.locator("#diff .line.added + .flag")
    expect(flag).to_contain_text("! WEAKENS TESTS? 'assert True' in place of")
    expect(page.locator("#look")).to_contain_text("LOOK Weakens tests?: tests/test_calc.py:5")
    expect(page.locator("#origin")).to_contain_text("HARD")
    sums = page.locator(".file", has=page.get_by_text("sums.py", exact=True))
    expect(sums.locator(".line.removed:not(.moved) b")).to_have_text("os")
    expect(page.locator("#diff .line.added.moved")).to_have_count(3)
    lock = page.locator(".file", has=page.get_by_text("poetry.lock"))
    expect(lock.locator("summary")).to_contain_text("generated, 1 hunk folded")
    expect(lock.locator(".line")).to_have_count(0)


def test_a_revisit_shows_what_is_new_and_all_of_it_on_demand(gate: Gate, somebody: Person) -> None:
    gate.offer("again", {"a.py": "a = 1\n"})
    page = opened(somebody, "c-again")
    gate.told("change.read", "c-again")
    gate.offer("again", {"a.py": "a = 1\n", "b.py": "b = 1\n"}, epoch=2)
    expect(page.locator("#moved")).to_contain_text("it is at revision 2 now")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_disabled()

    page.keyboard.press("Enter")

    expect(page.locator("#news-words")).to_have_text(
        "Only what is new since revision 1, which you read."
    )
    assert paths(page) == ["b.py"]
    page.keyboard.press("w")
    expect(page.locator("#news-words")).to_have_text("All of it; you read revision 1.")
    assert paths(page) == ["a.py", "b.py"]
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()


def test_a_tab_that_nobody_sees_has_shown_nothing_to_anybody(
    factory: Factory, gate: Gate, somebody: Person
) -> None:
    gate.offer("behind", {"behind.py": "a = 1\n"})
    hidden = "Object.defineProperty(document, 'hidden', { get: () => window.seen !== true })"
    somebody.context.add_init_script(hidden)
    page = opened(somebody, "c-behind")
    with page.expect_response("**/c-behind/facts"):
        page.reload()
    expect(page.locator("#diff .line.code").first).to_be_visible()
    before = [e for e in factory.events() if e.data.get("change") == "c-behind"]

    changed = "new Event('visibilitychange', { bubbles: true })"
    page.evaluate(f"window.seen = true; document.dispatchEvent({changed})")
    gate.told("change.read", "c-behind")

    assert "change.read" not in [e.type for e in before]
    expect(page.locator("#diff .mark[aria-pressed=true]")).to_have_count(1)


def test_the_record_holds_how_a_change_was_read_and_comments_with_their_code(
    gate: Gate, somebody: Person
) -> None:
    gate.offer("said", {"one.txt": "uno\n", "poetry.lock": "x\n"})
    page = opened(somebody, "c-said")
    expect(page.locator("#diff .mark[aria-pressed=true]")).to_have_count(1)

    page.locator("#diff .line.removed").click()
    page.keyboard.type("Why not both?")
    page.keyboard.press("Enter")
    page.locator("#diff .line.added").click()
    page.keyboard.type("Say <b>eins</b>.")
    page.keyboard.press("Enter")
    expect(page.locator("#diff .remark")).to_have_text(["Why not both?", "Say <b>eins</b>."])
    page.reload()
    expect(page.locator("#unsent")).to_contain_text("2 comments on lines")
    press(page, "Rework")

    expect(page.locator("#result")).to_contain_text("Sent back")
    said = gate.told("change.rework", "c-said").data
    assert [(one["text"], one["removed"]) for one in said["places"]] == [
        ("Why not both?", True),
        ("Say <b>eins</b>.", False),
    ]
    assert ["> one" in one["code"] for one in said["places"]] == [True, False]
    assert (said["seen"], said["unseen"], said["by"]) == (["one.txt"], [], "tester")
    assert 0 < said["seconds"] < 60


def test_what_was_risky_and_not_on_the_screen_is_asked_about_and_told_afterwards(
    gate: Gate, somebody: Person
) -> None:
    long = "".join(f"row {number}\n" for number in range(120))
    gate.offer("unseen", {"pyproject.toml": long})
    page = opened(somebody, "c-unseen")

    press(page, "Approve")
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("! 1 risky hunk not seen: pyproject.toml:1")
    press(page, "Approve it")

    expect(page.locator("#result")).to_contain_text("Landed as")
    expect(page.locator("#result")).to_contain_text(
        "! 1 risky place of the change that you approved last was not on your screen"
    )
    assert gate.told("change.approved", "c-unseen").data["unseen"] == ["pyproject.toml:1"]


def test_a_yes_says_whom_it_sends_back_before_and_they_are_sent_back_by_it(
    gate: Gate, somebody: Person
) -> None:
    gate.offer("left", {"two.txt": "left\n"})
    gate.offer("right", {"two.txt": "right\n"})
    page = opened(somebody, "c-left")

    partners = page.locator("#partners")
    expect(partners).to_have_text("Approving c-left makes c-right rework: they conflict.")
    press(page, "Approve")
    expect(page.locator("#result")).to_contain_text("c-right will not merge once c-left has landed")
    page.goto("/gate/c-right")
    expect(page.locator("#look")).to_contain_text("LOOK Conflicts with the base in: two.txt")
    press(page, "Approve")

    expect(page.locator("#result")).to_contain_text("It did not land")
    expect(page.locator("#origin")).to_contain_text("BOUNCED")


def test_each_comment_stands_with_what_its_agent_answered(gate: Gate, somebody: Person) -> None:
    gate.offer("asked", {"asked.py": "a = 1\nb = 2\nc = 3\n"})
    comments = [{"path": "asked.py", "line": at, "text": f"Why {at}?"} for at in (1, 2, 3)]
    judge = PersonsGate(gate.factory.root, "tester").judge
    judge("c-asked", {"verdict": "rework", "comments": comments})
    answers = "Answer 1: fixed, it is gone.\nAnswer 2: disagree: <b>it</b> is needed."
    gate.offer("asked", {"asked.py": "b = 2\nc = 3\n"}, epoch=2, summary=answers)

    page = opened(somebody, "c-asked")

    rows = page.get_by_role("region", name="Your comments").locator("li")
    expect(rows).to_contain_text(
        ["→ fixed, it is gone.", "DISAGREE → disagree: <b>it</b> is needed.", "NOT ANSWERED"]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_review_fits_a_phone_and_can_be_read(
    gate: Gate, browser: Browser, served: Served, scheme: Any
) -> None:
    name = f"phone-{scheme}"
    gate.offer(name, {"a.py": "a = 1\n"})
    gate.line.record.refresh()
    first = gate.line.record.changes.get(f"c-{name}")
    assert first is not None
    mark_looked(gate.line, first, "tester")
    moved = {"sums.py": "import sys\n", f"{name}.py": BLOCK}
    gate.offer(name, {"tests/test_calc.py": WEAKER, "poetry.lock": "x\n", **moved}, epoch=2)

    with person(browser, served, size=PHONE, color_scheme=scheme) as somebody:
        page = opened(somebody, f"c-{name}")
        page.locator("#diff .line.added").first.click()
        page.keyboard.type("A word that is as long as some are: " + "x" * 80)
        page.keyboard.press("Enter")
        page.locator("#diff .line.added").nth(1).click()
        expect(page.locator("#news-words")).to_be_visible()
        shot(page, f"review-phone-{scheme}")

        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert page.evaluate(_CONTRAST) == []


def test_one_yes_covers_small_changes_of_a_lane_once_those_drawn_were_opened(
    gate: Gate, somebody: Person
) -> None:
    for name in ("small-a", "small-b"):
        gate.offer(name, {f"docs/{name}.md": "words\n"})
    page = opened(somebody, "c-small-a")

    page.keyboard.press("b")
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("one yes to")
    while "FIRST" in asked.inner_text():
        page.keyboard.press("o")
        expect(page.locator("#diff .line.code").first).to_be_visible()
        page.keyboard.press("b")
        expect(asked).to_be_visible()
    page.keyboard.press("y")

    expect(page.locator("#result")).to_contain_text("landed.")
    gate.told("change.landed", "c-small-a")
    assert gate.told("change.approved", "c-small-b").data["batch"]


def test_a_drill_is_told_once_it_is_judged(factory: Factory, gate: Gate, somebody: Person) -> None:
    code = (
        "def least(rows):\n    if not rows:\n        raise ValueError\n    return min(rows) + 1\n"
    )
    gate.offer("least", {"least.py": code})
    before = {row["id"] for row in factory.json("gate")["changes"]}
    factory.json("gate", "drill")
    (drill,) = {row["id"] for row in factory.json("gate")["changes"]} - before
    page = opened(somebody, drill)

    page.get_by_label("Your words").fill("It loses a check.")
    press(page, "Rework")

    expect(page.locator("#result .told")).to_contain_text("! it was a drill, caught: ")


def test_tests_that_are_too_much_to_be_read_have_a_row_of_their_own(
    gate: Gate, somebody: Person
) -> None:
    huge = "def test_much():\n    assert " + "1 + " * 300_000 + "1\n"
    gate.offer("much", {"tests/test_much.py": huge})
    page = somebody.tab("/gate/c-much")

    expect(page.locator("#look")).to_contain_text("LOOK Not read: tests/test_much.py is not read")
    press(page, "Approve")
    expect(page.get_by_role("dialog")).to_contain_text("has tests that are too much to be read")


def test_nothing_that_an_agent_wrote_becomes_markup(gate: Gate, somebody: Person) -> None:
    gate.offer("evil", {f"{SCRIPT}.py": f"{IMAGE}</script>{SCRIPT}\n"}, summary=f"Done. {SCRIPT}")

    page = opened(somebody, "c-evil")
    page.locator("#diff .line.added").click()
    page.keyboard.type(SCRIPT)
    page.keyboard.press("Enter")

    expect(page.locator("#diff .path")).to_have_text(f"{SCRIPT}.py")
    expect(page.locator("#diff .line.added")).to_contain_text(IMAGE)
    expect(page.locator("#diff .remark")).to_have_text(SCRIPT)
    expect(page.locator("#summary")).to_contain_text(SCRIPT)
    assert page.locator("main :is(script, img)").count() == 0
    assert page.evaluate("window.got") is None
    page.locator("#diff .line.added").click()
    press(page, "Remove")
    expect(page.locator("#diff .remark")).to_have_count(0)


def test_a_whole_review_is_done_by_the_keys_of_the_terminal(gate: Gate, somebody: Person) -> None:
    for name in ("key-a", "key-b", "key-c", "key-d", "key-e"):
        gate.offer(name, {f"{name}.py": "a = 1\nb = 2\n"})
    page = opened(somebody, "c-key-a")
    title = page.locator("#origin")

    page.keyboard.press("n")
    expect(title).to_contain_text("c-key-b")
    page.keyboard.press("p")
    expect(title).to_contain_text("c-key-a")
    expect(page.locator("#diff .line.code").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("rework: your words and all comments")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("y")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_contain_text("Is it small?")
    page.keyboard.press("a")
    expect(page.locator("#result")).to_contain_text("Landed as")
    page.keyboard.press("u")
    expect(page.locator("#result")).to_contain_text("change c-key-a is landed")
    page.keyboard.press("n")
    expect(title).to_contain_text("c-key-b")
    expect(page.locator("#diff .line.code").first).to_be_visible()
    for key in ("j", "j", "c"):
        page.keyboard.press(key)
    page.keyboard.type("Name it.")
    page.keyboard.press("Enter")
    expect(page.locator("#unsent")).to_contain_text("1 comment")
    page.keyboard.press("r")
    page.keyboard.type("Smaller.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result")).to_contain_text("Sent back")
    for keys, told in (
        (("x", "d", "Enter"), "Closed."),
        (("i", "Control+Enter"), "Closed: its item starts afresh."),
        (("d", "3", "h", "Enter"), "Put aside until 3h."),
    ):
        before = title.inner_text()
        page.keyboard.press("n")
        expect(title).not_to_have_text(before)
        expect(page.locator("#diff .line.code").first).to_be_visible()
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("#result")).to_contain_text(told)

    taste = gate.told("change.approved", "c-key-a").data["taste"]
    assert [one["answer"] for one in taste] == [True, False]
    sent = gate.told("change.rework", "c-key-b").data
    assert (sent["text"], sent["places"][0]["line"]) == ("Smaller.", 2)
    assert gate.told("change.closed", "c-key-c").data["reason"] == "duplicate"
    assert gate.told("change.closed", "c-key-d").data["reason"] == "reimplement"
    assert gate.told("change.deferred", "c-key-e").data["until_text"]


def test_a_page_of_another_origin_gives_no_verdict(
    gate: Gate, browser: Browser, served: Served, somebody: Person
) -> None:
    gate.offer("foreign", {"foreign.txt": "x\n"})
    page = opened(somebody, "c-foreign")
    target = f"{served.url}/v1/gate/c-foreign"
    script = """async (target) => {
        const body = JSON.stringify({ verdict: "close", as: "duplicate" });
        const more = { method: "POST", credentials: "include", mode: "no-cors", body };
        await fetch(target, more).catch(() => null);
        await fetch(`${target}/look`, more).catch(() => null);
    }"""
    other = browser.new_context(storage_state=somebody.context.storage_state())
    try:
        evil = other.new_page()
        evil.route("http://127.0.0.1:9/", lambda route: route.fulfill(body="<h1>Free money</h1>"))
        evil.goto("http://127.0.0.1:9/")
        with evil.expect_request(target) as asked:
            evil.evaluate(script, target)
        cookie = asked.value.all_headers().get("cookie", "")
    finally:
        other.close()

    assert cookie.startswith("df_")  # a browser takes another port for the same site
    page.reload()
    expect(page.locator("#origin")).to_contain_text("waiting")
    without = served.ask("POST", "/v1/gate/c-foreign", b'{"verdict": "approve"}', token=None)
    assert without.status == 401
