"""How what the factory answers becomes HTTP: its JSON as it is, and each no with its status."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from darkfactory.errors import (
    AnswerNo,
    FactoryError,
    UnknownChange,
    UnknownItem,
    UnknownSession,
    UsageError,
)
from darkfactory.factory.judge_change import NotConfirmed
from darkfactory.gate.verdicts import NotAtTheGate

_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


async def answered(ask: Callable[[], Mapping[str, Any]]) -> Response:
    """Return what *ask* says, which is called in a thread.

    Raises:
        FactoryError: If it cannot be said.
    """
    return AsciiJson(dict(await run_in_threadpool(ask)), headers=_HEADERS)


class AsciiJson(JSONResponse):
    """JSON in ASCII: names of files may hold bytes that are no UTF-8, which only escapes carry."""

    def render(self, content: Any) -> bytes:
        """Return *content* as it is sent."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def told_no(_: Request, error: Exception) -> Response:
    """Return *error* as the commands tell it with ``--json``."""
    assert isinstance(error, FactoryError)  # noqa: S101 - as it was registered
    said: dict[str, Any] = {"code": error.code, "problem": error.problem, "fix": error.fix}
    if isinstance(error, NotConfirmed):
        said["warnings"] = list(error.warnings)
    return AsciiJson({"error": said}, _status(error), _HEADERS)


def _status(error: FactoryError) -> int:
    """Return 404 for what is not there, 409 for a no, 400 for nonsense, 503 for what is missing."""
    match error:
        case UnknownChange() | UnknownItem() | UnknownSession():
            return 404
        case AnswerNo() | NotAtTheGate():
            return 409
        case UsageError():
            return 400
        case _:
            return 503
