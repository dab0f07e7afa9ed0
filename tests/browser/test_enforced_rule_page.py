"""A change that breaks a rule of a skill, on the page: it is shown, and a yes to it says why."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.fakes.browser import person
from tests.fakes.factories import bug, make_factory
from tests.fakes.served import serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

SKILL = "---\nname: commit\ndescription: Use before you commit.\n---\n\nBODY\n"
SIDE = """\
version: 1.2.0
non_negotiables:
  - id: NN-1
    text: Never skip hooks
    why: they are the <b>check</b>
    check: {trace: {never: {tool: shell, arg: --no-verify}}}
    enforce: gate
"""
SKIPS = {"do": [{"shell": "echo git commit --no-verify; echo > b.txt"}]}
SCRIPT = {"sessions": [{"marker": "skips", "turns": [SKIPS, {"say": "Done."}]}]}


def test_a_yes_to_what_breaks_a_rule_says_why_on_the_page(browser: Browser, tmp_path: Path) -> None:
    files = {"skills/commit/SKILL.md": SKILL, "skills/commit/df.yaml": SIDE}
    factory = make_factory(tmp_path, SCRIPT, [bug("skips")], lane="skills: [commit]", files=files)
    factory.df("run")
    try:
        with person(browser, serve(factory)) as somebody:
            page = somebody.tab("/gate/c-skips")
            expect(page.locator("#look")).to_contain_text(
                "commit/NN-1: Never skip hooks. Why: they are the <b>check</b>."
            )

            page.get_by_role("button", name="Approve", exact=True).click()
            expect(page.locator("#result")).to_contain_text("It breaks")
            expect(page.locator("#result")).to_contain_text("commit/NN-1")
            assert factory.json("gate", "show", "skips")["change"]["state"] == "waiting_taste"
            page.locator("#words").fill("the hook is broken itself")
            page.get_by_role("button", name="Approve", exact=True).click()

            page.get_by_role("dialog").get_by_role("button", name="Approve it").click()
            approved = factory.wait_for("change.approved", change="c-skips")
            expect(page.locator("#result")).to_contain_text("Landed as")
    finally:
        factory.end()
    assert approved.data["text"] == "the hook is broken itself"
