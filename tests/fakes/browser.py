"""A headless browser for tests of the web page; its tabs tell what they asked for, and whom."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts.browser import BrowserMissing, program
from tests.architecture.figures import ROOT
from tests.fakes.served import Served

SCREENSHOTS = ROOT / "build" / "screenshots"
PHONE = (390, 844)
DESKTOP = (1280, 800)
_PATIENCE_MS = 20_000
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_WHILE_DOWN = ("net::ERR_", "WebSocket ")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser with a profile of its own; without one skip, or fail where it must be."""
    try:
        found = program()
    except BrowserMissing as error:
        if os.environ.get("DARKFACTORY_REQUIRE_CLIENTS"):
            raise
        pytest.skip(f"{error.problem}; {error.fix}")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Person:
    """Somebody with one browser who is logged in: cookies and storage are shared by all tabs.

    Args:
        complaints: What the pages wrote to the console that is no note.
        strangers: Addresses of other hosts that were asked.
    """

    served: Served
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def tab(self, path: str = "/") -> Page:
        """Open a place in a new tab."""
        page = self.context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(path)
        return page

    def told(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(word in text for word in _WHILE_DOWN):
            self.complaints.append(text)

    def asked(self, url: str) -> None:
        place = urlsplit(url)
        if place.netloc != self.served.host and place.scheme not in ("data", "blob"):
            self.strangers.append(url)


@contextmanager
def person(
    browser: Browser, served: Served, *, size: tuple[int, int] = DESKTOP, **more: Any
) -> Iterator[Person]:
    """Yield somebody who has followed a fresh link; nothing may complain or ask strangers."""
    width, height = size
    context = browser.new_context(
        base_url=served.url, viewport={"width": width, "height": height}, **more
    )
    somebody = Person(served, context)
    context.on("console", lambda said: somebody.told(said.type, said.text))
    context.on("weberror", lambda error: somebody.complaints.append(str(error.error)))
    context.on("request", lambda request: somebody.asked(request.url))
    page = context.new_page()
    page.goto(fresh_link(served))
    page.close()
    try:
        yield somebody
    finally:
        context.close()
    assert somebody.complaints == []
    assert somebody.strangers == []


def fresh_link(served: Served) -> str:
    """Return a link that logs a browser in."""
    link: str = served.ask("POST", "/v1/link", b"").json["page"]
    return link


def entries(page: Page, kind: str) -> list[str]:
    """Return the texts of the log's entries of one kind, in order."""
    return page.locator(f"#log .entry.{kind} .body").all_inner_texts()


def shot(page: Page, name: str) -> Path:
    """Keep a picture of what *page* shows."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
