"""``/v1/gate/<change>``: read one change as ``df gate show`` does, and say what is to become of it.

Beneath it ``facts`` and ``diff`` are the change as a reviewer reads it, ``look`` records that, and
``doubts`` tells what a yes wants confirmed; ``batch`` is one yes to several of its lane.

A verdict is an object: ``{"verdict": "approve", "head": …}``. *head* is the revision that was read;
where the change has another one by now, the verdict does not count (409). Approving lands before it
answers, as ``df gate approve`` does, in a thread: the server goes on meanwhile.
"""

from collections.abc import Callable, Coroutine, Mapping
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

_Route = Callable[[Request], Coroutine[Any, Any, Response]]


class Gate(Protocol):
    """The gate of a factory, for one person."""

    def show(self, change: str) -> Mapping[str, Any]:
        """Return what ``df gate show --json`` prints of *change*.

        Raises:
            UnknownChange: If there is no such change.
        """
        ...

    def facts(self, change: str) -> Mapping[str, Any]:
        """Return *change* for its reviewer without its diff, and what waits besides.

        Raises:
            UnknownChange: If there is no such change.
        """
        ...

    def diff(self, change: str) -> Mapping[str, Any]:
        """Return the diff of *change* as its reviewer reads it, and what of it is new to them.

        Raises:
            UnknownChange: If there is no such change.
        """
        ...

    def look(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Record that the reviewer has the revision before them that *told* names.

        Raises:
            FactoryError: If there is none, or another one by now.
        """
        ...

    def doubts(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a yes to *change*, read as *told*, wants confirmed.

        Raises:
            FactoryError: If it cannot be told, with the reason and the next step.
        """
        ...

    def batch(self, change: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what one yes to the lane of *change* would cover, or say it to the one *told*.

        Raises:
            FactoryError: If it cannot be, with the reason and the next step.
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
            Route(place, self._reads(self.gate.show), methods=["GET"]),
            Route(place, self._writes(self.gate.judge), methods=["POST"]),
            Route(f"{place}/facts", self._reads(self.gate.facts), methods=["GET"]),
            Route(f"{place}/diff", self._reads(self.gate.diff), methods=["GET"]),
            Route(f"{place}/batch", self._writes(self.gate.batch), methods=["POST"]),
            Route(f"{place}/doubts", self._writes(self.gate.doubts), methods=["POST"]),
            Route(f"{place}/look", self._writes(self.gate.look), methods=["POST"]),
        ]

    def _reads(self, ask: Callable[[str], Mapping[str, Any]]) -> _Route:
        async def read(request: Request) -> Response:
            self._check(request, Scope.READ)
            return await answered(partial(ask, request.path_params["change"]))

        return read

    def _writes(self, put: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]) -> _Route:
        async def write(request: Request) -> Response:
            self._check(request, Scope.GATE)
            told = json_object(await read_body(request.receive))
            return await answered(partial(put, request.path_params["change"], told))

        return write

    def _check(self, request: Request, scope: Scope) -> None:
        if scope not in self.guard.grant(request.method, request.headers).scopes:
            raise NotGranted(scope)
