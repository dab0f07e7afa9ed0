"""The pages of a browser: who may see them, what they may load, where they lie.

A page is a shell without a word of the factory in it: its scripts ask the read API and follow the
streams, so a browser can keep the shell and show what it knew last while the server is down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from darkfactory.clock import Clock
from darkfactory.server.guard import Guard, NotGranted
from darkfactory.server.login import ENTER, Logins
from darkfactory.server.refused import Refused
from darkfactory.server.web.assets import Asset, read_assets, version_of
from darkfactory.sessions.tokens import Scope

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES = Path(__file__).parent / "templates"
_PLACES = {
    "/": "board.html",
    "/session/{name}": "session.html",
    "/gate": "gate.html",
    "/gate/{name}": "change.html",
}
_WORKER = "service-worker.js"
_NO_INLINE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "manifest-src 'self'; connect-src 'self' ws://{host} wss://{host}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_PRIVATE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What every page says of where it is: the *factory* by name, and the *person* who looks."""

    factory: str
    person: str


class Pages:
    """The pages of one server."""

    def __init__(self, guard: Guard, logins: Logins, clock: Clock, shown: Shown) -> None:
        self._guard = guard
        self._logins = logins
        self._clock = clock
        self._shown = shown
        self._assets = read_assets()
        self._version = version_of(self._assets)
        self._templates = _templates()

    def routes(self) -> list[Route]:
        """Return where the pages and what they load lie."""
        pages = [Route(place, self._page, methods=["GET"]) for place in _PLACES]
        return [
            *pages,
            Route(ENTER + "{code}", self._enter, methods=["GET"]),
            Route("/static/{name}", self._static, methods=["GET"]),
            Route(f"/{_WORKER}", self._worker, methods=["GET"]),
        ]

    async def _page(self, request: Request) -> Response:
        try:
            grant = self._guard.grant("GET", request.headers)
            if Scope.READ not in grant.scopes:
                raise NotGranted(Scope.READ)
        except Refused as error:
            return self._outside(request, error.status, "You are not logged in")
        return self._html(request, _PLACES[request.scope["route"].path])

    async def _enter(self, request: Request) -> Response:
        cookie = self._logins.enter(request.path_params["code"], self._clock.now())
        if cookie is None:
            return self._outside(request, 403, "This link has been used")
        answer = RedirectResponse("/", status_code=303)
        answer.headers["set-cookie"] = cookie
        return answer

    async def _static(self, request: Request) -> Response:
        return self._sent(request, self._assets.get(request.path_params["name"]))

    async def _worker(self, request: Request) -> Response:
        """Answer with the service worker, whose place says for which pages it may work."""
        return self._sent(request, self._assets[_WORKER])

    def _sent(self, request: Request, asset: Asset | None) -> Response:
        if asset is None:
            return Response("there is no such file\n", 404, _PRIVATE, "text/plain")
        headers = {**_PRIVATE, "etag": asset.etag, "content-type": asset.content_type}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers=headers)

    def _outside(self, request: Request, status: int, why: str) -> Response:
        return self._html(request, "outside.html", status, why=why)

    def _html(self, request: Request, template: str, status: int = 200, **more: str) -> Response:
        body = self._templates[template].render(
            factory=self._shown.factory, person=self._shown.person, version=self._version, **more
        )
        policy = _NO_INLINE.format(host=request.headers["host"])
        headers = {**_PRIVATE, "content-security-policy": policy, "vary": "Cookie"}
        return Response(body, status, headers, "text/html")


def _templates() -> Mapping[str, "Template"]:
    """Return the templates by name; what they are given is text, never markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return {name: found.get_template(name) for name in found.list_templates()}
