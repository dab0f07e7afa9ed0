"""``/v1/gate/<change>``: read one change as ``df gate show`` does, and say what is to become of it.

A verdict is an object: ``{"verdict": "approve", "head": …}``. *head* is the revision that was read;
where the change has another one by now, the verdict does not count (409). Approving lands before it
answers, as ``df gate approve`` does, in a thread: the server goes on meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from darkfactory.server.answers import answered
from darkfactory.server.guard import Guard, NotGranted
from darkfactory.server.http import read_body
from darkfactory.server.pieces import json_object
from darkfactory.sessions.tokens import Scope


class Gate(Protocol):
    """The gate of a factory, for one person."""

    def show(self, change: str) -> Mapping[str, Any]:
        """Return what ``df gate show --json`` prints of *change*.

        Raises:
            UnknownChange: If there is no such change.
        """
        ...

    def judge(self, change: str, verdict: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what *verdict*, which nobody has checked yet, says; return what came of it.

        Raises:
            FactoryError: If it cannot be, with the reason and the next step.
        """
        ...


@dataclass(frozen=True, slots=True)
class GateApi:
    """The routes of the gate."""

    guard: Guard
    gate: Gate

    def routes(self) -> list[Route]:
        """Return where changes are read and judged."""
        place = "/v1/gate/{change}"
        return [
            Route(place, self._show, methods=["GET"]),
            Route(place, self._judge, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        self._check(request, Scope.READ)
        return await answered(partial(self.gate.show, request.path_params["change"]))

    async def _judge(self, request: Request) -> Response:
        self._check(request, Scope.GATE)
        verdict = json_object(await read_body(request.receive))
        return await answered(partial(self.gate.judge, request.path_params["change"], verdict))

    def _check(self, request: Request, scope: Scope) -> None:
        if scope not in self.guard.grant(request.method, request.headers).scopes:
            raise NotGranted(scope)
