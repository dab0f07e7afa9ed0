"""The web page as HTTP tells it: who sees it, what it may load, what its parts are. No browser."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import darkfactory.server.web
from tests.fakes.factories import Factory, make_factory
from tests.fakes.served import Answer, Served, serve

PLACES = ("/", "/session/s-1", "/gate", "/gate/c-1")
STATIC = Path(darkfactory.server.web.__file__).parent / "static"
BUTTONS = {
    "/session/s-1": {"Steer", "Interrupt", "Cancel"},
    "/gate/c-1": {"Approve", "Rework", "Reimplement", "Close", "Defer"},
}
# What turns text into markup or code.
_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"
    r"|\beval\(|new Function|setHTML"
)


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    made = make_factory(tmp_path_factory.mktemp("pages"), {"sessions": []}, [])
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture(scope="module")
def crumb(served: Served) -> str:
    answer = served.ask("GET", served.page.removeprefix(served.url), token=None)
    return answer.headers["set-cookie"].partition(";")[0]


class Outline(HTMLParser):
    """The elements of a page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.buttons: set[str] = set()
        self._in_button = False
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_button = tag == "button"

    def handle_data(self, data: str) -> None:
        if self._in_button and data.strip():
            self.buttons.add(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("place", PLACES)
def test_without_a_cookie_a_page_says_how_to_get_in(served: Served, place: str) -> None:
    answer = served.ask("GET", place, token=None)

    assert answer.status == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "df serve link" in answer.body.decode()
    assert len(Outline(answer).all("h1")) == 1


@pytest.mark.parametrize("place", PLACES)
def test_a_page_has_one_heading_a_main_part_a_language_and_named_buttons(
    served: Served, crumb: str, place: str
) -> None:
    answer = served.ask("GET", place, token=None, cookie=crumb)

    outline = Outline(answer)
    assert answer.status == 200
    assert (len(outline.all("h1")), len(outline.all("main"))) == (1, 1)
    assert outline.all("html") == [{"lang": "en"}]
    assert outline.buttons >= BUTTONS.get(place, set())


@pytest.mark.parametrize("place", [*PLACES, "/enter/used"])
def test_a_page_loads_what_is_ours_and_runs_nothing_inline(
    served: Served, crumb: str, place: str
) -> None:
    answer = served.ask("GET", place, token=None, cookie=crumb)

    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["connect-src"] == f"'self' ws://{served.host} wss://{served.host}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    outline = Outline(answer)
    assert all("src" in script for script in outline.all("script"))
    assert outline.all("style") == []
    inline = [name for _, one in outline.tags for name in one if name.startswith(("on", "style"))]
    assert inline == []


def test_files_of_the_page_are_sent_once_and_then_known(served: Served) -> None:
    for path in STATIC.iterdir():
        first = served.ask("GET", f"/static/{path.name}", token=None)
        again = served.ask(
            "GET", f"/static/{path.name}", token=None, if_none_match=first.headers["etag"]
        )

        assert (first.status, first.body, again.status) == (200, path.read_bytes(), 304)


@pytest.mark.parametrize("name", ["none.js", "..%2fpages.py", "../pages.py", "%2e%2e/pages.py", ""])
def test_nothing_else_is_among_them(served: Served, name: str) -> None:
    assert served.ask("GET", f"/static/{name}", token=None).status == 404


def test_the_service_worker_keeps_every_file_of_the_page_but_itself() -> None:
    worker = (STATIC / "service-worker.js").read_text()

    kept = set(re.findall(r'"([\w-]+\.(?:js|css|svg))"', worker))

    assert kept == {path.name for path in STATIC.iterdir()} - {"service-worker.js"}


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_of_text(path: Path) -> None:
    assert _MARKUP.findall(path.read_text()) == []


def test_a_fresh_link_lets_a_browser_in_and_a_used_one_says_where_to_get_another(
    factory: Factory, served: Served
) -> None:
    link = factory.json("serve", "link")["page"]
    place = link.removeprefix(served.url)

    first = served.ask("GET", place, token=None)
    again = served.ask("GET", place, token=None)

    assert factory.df("serve", "link").stdout.startswith(served.url + "/enter/")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert (again.status, "df serve link" in again.body.decode()) == (403, True)


def test_a_link_is_made_for_the_factorys_own_token_alone(factory: Factory, served: Served) -> None:
    scopes = "read,append,control,gate"
    token = factory.json("serve", "token", "--scope", scopes)["token"]

    assert served.ask("POST", "/v1/link", b"", token=token).status == 403
    assert served.ask("POST", "/v1/link", b"", token=None).status == 401


def test_people_are_told_where_to_open_the_page(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    said = tmp_path / "stderr.txt"

    factory.start("serve")
    factory.wait(lambda: "programs send" in said.read_text())
    factory.end()

    assert re.search(r"open once in a browser: http://127\.0\.0\.1:\d+/enter/\S+", said.read_text())


def test_a_link_needs_a_server(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])

    said = factory.df("serve", "link", expect=3).stderr

    assert "fix: start `df serve`" in said
