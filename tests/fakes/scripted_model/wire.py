"""The HTTP side of the scripted model: requests in, answers and scripted faults out."""

import gzip
import json
import socket
import sys
import time
import zlib
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from tests.fakes.scripted_model import anthropic, gemini, responses

if TYPE_CHECKING:
    from tests.fakes.scripted_model.server import Answer, Request, ScriptedModel

_WRITERS: Mapping[str, ModuleType] = {
    "anthropic": anthropic,
    "gemini": gemini,
    "responses": responses,
}
_SECRET = ("authorization", "x-api-key", "x-goog-api-key")
_MODEL = {"id": "scripted", "object": "model", "type": "model", "display_name": "scripted"}
_POLL_SECONDS = 0.05
_PIECE_DONE = ("content_block_stop", "response.output_item.done")


class Server(ThreadingHTTPServer):
    """Serves *owner* on loopback; clients that hang up are no error."""

    daemon_threads = True

    def __init__(self, owner: "ScriptedModel", port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: Server
    protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc] # the base has no ClassVar

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet: the requests are remembered instead."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.owner.remember(self._request("other", None))
        if self.path.split("?")[0].endswith("/models"):
            self._send_json({"object": "list", "data": [_MODEL], "models": []})
        else:
            self._send_json({"error": {"message": "not here", "type": "not_found_error"}}, 404)

    def do_POST(self) -> None:
        raw = self._body()
        path = self.path.split("?")[0]
        if path.endswith(("/count_tokens", ":countTokens")):
            self.server.owner.remember(self._request("count", json.loads(raw)))
            self._send_json(dict.fromkeys(("input_tokens", "totalTokens"), len(raw) // 4))
        elif path.endswith("/messages"):
            self._answer(self._request("anthropic", json.loads(raw)))
        elif path.endswith("/responses"):
            self._answer(self._request("responses", json.loads(raw)))
        elif path.endswith((":generateContent", ":streamGenerateContent")):
            self._answer(self._request("gemini", json.loads(raw)))
        else:
            self.server.owner.remember(self._request("other", raw.decode("utf-8", "replace")))
            self._send_json({})

    def _request(self, api: Any, body: Any) -> "Request":
        from tests.fakes.scripted_model.server import Request

        headers = {name.lower(): value for name, value in self.headers.items()}
        for name in _SECRET:
            if name in headers:
                headers[name] = "<set>"
        return Request(api, self.path, headers, body)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            raw = b"".join(iter(self._chunk, b""))
        else:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        encoding = self.headers.get("content-encoding", "")
        if encoding == "gzip":
            return gzip.decompress(raw)
        return zlib.decompress(raw) if encoding == "deflate" else raw

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        piece = self.rfile.read(size)
        self.rfile.readline()
        return piece

    def _answer(self, request: "Request") -> None:
        owner = self.server.owner
        answer = owner.answer(request)
        try:
            owner.meet(answer)
            self._pause(answer.sleep)
            whole = self._deliver(answer)
        except ConnectionError:
            self.close_connection = True
            owner.close(request, "gone")
        else:
            owner.close(request, "served" if whole else "faulted")

    def _deliver(self, answer: "Answer") -> bool:
        """Send *answer*; return whether all of it went out."""
        fault = answer.fault or {}
        kind = fault.get("kind")
        if kind == "http":
            self._refuse(answer.request.api, fault)
            return False
        if kind == "hang" or (kind in ("cut", "stall") and not answer.stream):
            self._pause(float(fault.get("seconds", 0 if kind == "cut" else 30)))
            self._drop()
            return False
        message, frames = _WRITERS[answer.request.api].render(answer.reply)
        if not answer.stream:
            self._send_json(message)
            return True
        return self._send_stream(frames, fault)

    def _refuse(self, api: str, fault: Mapping[str, Any]) -> None:
        status = int(fault.get("status", 500))
        body = _WRITERS[api].error_body(status, fault.get("message", "scripted fault"))
        wait = {"retry-after": str(fault["retry_after"])} if "retry_after" in fault else {}
        self._send_json(body, status, wait)

    def _send_stream(
        self, frames: list[tuple[str, dict[str, Any]]], fault: Mapping[str, Any]
    ) -> bool:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-cache")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        kind, middle = fault.get("kind"), _middle(frames)
        for index, (name, frame) in enumerate(frames):
            if index == middle and kind == "cut":
                self._drop()
                return False
            if index == middle and kind == "stall":
                self._pause(float(fault.get("seconds", 30)))
            if index == middle and kind == "garbage":
                self._send_chunk("data: {not json\n\n")
            event = f"event: {name}\n" if name else ""
            self._send_chunk(f"{event}data: {json.dumps(frame)}\n\n")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        return kind is None

    def _send_json(
        self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(sent)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def _send_chunk(self, text: str) -> None:
        sent = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
        self.wfile.flush()

    def _drop(self) -> None:
        """Close the connection in the middle of whatever was being sent."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _pause(self, seconds: float) -> None:
        """Wait, but notice a client that gives up: its end then reads as closed."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _POLL_SECONDS))
            try:
                if self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                    raise ConnectionResetError("the client hung up")
            except BlockingIOError:
                continue


def _middle(frames: list[tuple[str, dict[str, Any]]]) -> int:
    """Return where a spoiled stream breaks: inside its first piece of content.

    A client keeps pieces that were finished, and a kept text would count as a turn.
    """
    finished = (index for index, (name, _) in enumerate(frames) if name in _PIECE_DONE)
    return max(1, next(finished, len(frames)) - 1)
