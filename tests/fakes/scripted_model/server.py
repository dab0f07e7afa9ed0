"""The scripted model: decides what each request is answered, and remembers every request."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from darkfactory.agents.mock.script import fill, turn_at, turns_of, usage_of
from tests.fakes.scripted_model import wire
from tests.fakes.scripted_model.actions import call_for
from tests.fakes.scripted_model.history import (
    History,
    call_id,
    of_anthropic,
    of_gemini,
    of_responses,
)
from tests.fakes.scripted_model.reply import Reply

_READERS = {"anthropic": of_anthropic, "gemini": of_gemini, "responses": of_responses}
SIDE = '{"title": "scripted"}'
MEET_SECONDS = 60.0
SIDE_USAGE = {"input": 200, "output": 10, "cached": 0, "reasoning": 0}


@dataclass(slots=True)
class Request:
    """One request that reached the model, and what it was answered.

    *marker* and *turn* say which scripted turn was played; *turn* is None for a request without
    tools (a title, say). *outcome* is ``served`` once the whole answer went out, ``faulted`` when
    a scripted fault spoiled it, ``gone`` when the client hung up.
    """

    api: Literal["anthropic", "gemini", "responses", "count", "other"]
    path: str
    headers: dict[str, str]
    body: Any
    marker: str | None = None
    turn: int | None = None
    tools: list[str] = field(default_factory=list)
    folder: str = "."
    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    fault: Mapping[str, Any] | None = None
    outcome: Literal["open", "served", "faulted", "gone"] = "open"

    @property
    def model(self) -> str:
        """The model that was asked for: in the body, or in the path."""
        named = self.path.rpartition("/models/")[2].partition(":")[0]
        return str(self.body.get("model") or named or "scripted")

    @property
    def stream(self) -> bool:
        """Whether the answer goes out in pieces."""
        return bool(self.body.get("stream")) or ":stream" in self.path

    def holds(self, text: str) -> bool:
        """Tell whether *text* is anywhere in what the client sent."""
        return text in json.dumps(self.body, ensure_ascii=False)


class Answer(NamedTuple):
    """What a request is due: after *sleep* seconds the reply, unless *fault* spoils it.

    It is held until *together* scripted sessions have asked for such a turn.
    """

    request: Request
    reply: Reply
    stream: bool
    sleep: float
    fault: Mapping[str, Any] | None
    together: int = 0


class ScriptedModel:
    """A model on loopback that plays *script*; a context manager. *url* has no path."""

    def __init__(
        self, script: Mapping[str, Any], *, port: int = 0, log: Path | None = None
    ) -> None:
        self.script = script
        self.requests: list[Request] = []
        self._markers = [session["marker"] for session in script.get("sessions") or ()]
        self._changed = threading.Condition()
        self._tries: Counter[tuple[object, ...]] = Counter()
        self._met: set[str | None] = set()
        self._answers = 0
        self._log = log
        self._server = wire.Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def turns(self) -> list[Request]:
        """Return the requests for which a scripted turn was played, in order."""
        return [request for request in list(self.requests) if request.turn is not None]

    def served(self) -> list[dict[str, int]]:
        """Return the usage of each answer that went out whole, in order."""
        return [dict(found.usage) for found in list(self.requests) if found.outcome == "served"]

    def wait_for(
        self, wanted: Callable[[list[Request]], object], *, seconds: float = 20.0
    ) -> list[Request]:
        """Block until *wanted* holds for the requests so far; return them.

        Raises:
            TimeoutError: If it does not within *seconds*.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: wanted(self.requests), seconds):
                seen = [(found.api, found.marker, found.turn) for found in self.requests]
                raise TimeoutError(f"the model waited {seconds} s in vain; it saw {seen}")
            return list(self.requests)

    def answer(self, request: Request) -> Answer:
        """Return what *request* is due and remember it."""
        history = _READERS[request.api](request.body)
        request.tools = [tool.name for tool in history.tools]
        request.folder = history.working_folder()
        with self._changed:
            self._answers += 1
            nonce = f"{self._answers:05d}"
        if history.tools:
            answer = self._turn(request, history, nonce)
        else:
            request.usage, request.text = SIDE_USAGE, str(self.script.get("side", SIDE))
            reply = Reply(nonce, request.model, request.text, "", (), request.usage)
            answer = Answer(request, reply, request.stream, 0.0, None)
        self.remember(request)
        return answer

    def remember(self, request: Request) -> None:
        """Add *request* to those seen."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def meet(self, answer: Answer) -> None:
        """Hold *answer* until enough sessions have come to a turn that is for all of them.

        Raises:
            ConnectionAbortedError: If they do not come in time: the client is hung up on.
        """
        if not answer.together:
            return
        with self._changed:
            self._met.add(answer.request.marker)
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: len(self._met) >= answer.together, MEET_SECONDS):
                raise ConnectionAbortedError(f"only {sorted(map(str, self._met))} came")

    def close(self, request: Request, outcome: Literal["served", "faulted", "gone"]) -> None:
        """Note how *request* ended."""
        with self._changed:
            request.outcome = outcome
            self._changed.notify_all()
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"time": time.time(), **asdict(request)}) + "\n")

    def _turn(self, request: Request, history: History, nonce: str) -> Answer:
        marker, number = history.place(self._markers)
        words = {"cwd": request.folder, "last_result": history.last_result()[-400:]}
        filled = fill(turn_at(turns_of(self.script, marker), number), words)
        turn: dict[str, Any] = filled if isinstance(filled, dict) else {}
        calls = [call_for(action, history.tools) for action in turn.get("do") or ()]
        text = turn.get("say", "") or ("" if calls else "(nothing)")
        request.marker, request.turn, request.text = marker, number, text
        request.calls = [(call.tool, call.input) for call in calls]
        request.usage = usage_of(turn, number)
        request.fault = self._due(turn.get("fault"), marker, number, history)
        reply = Reply(
            nonce,
            request.model,
            text,
            turn.get("think", ""),
            tuple((call_id(number, index, nonce), call) for index, call in enumerate(calls)),
            request.usage,
        )
        sleep, together = float(turn.get("sleep", 0)), turn.get("together", 0)
        return Answer(request, reply, request.stream, sleep, request.fault, together)

    def _due(
        self, fault: Mapping[str, Any] | None, marker: str | None, number: int, history: History
    ) -> Mapping[str, Any] | None:
        """Return *fault* unless it already struck this turn of this conversation often enough."""
        if not fault:
            return None
        key = (marker, number, len(history.rows), history.conversation())
        with self._changed:
            self._tries[key] += 1
            return fault if self._tries[key] <= fault.get("times", self._tries[key]) else None
