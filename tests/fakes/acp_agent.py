"""A small agent of the Agent Client Protocol that plays a script (docs/mock.md) for real.

    python -I acp_agent.py SCRIPT.json [--name NAME] [--steering] [--amnesia] [--boast]

It asks before each command and edit, as careful agents do. With ``--steering`` it has the steering
extension; with ``--amnesia`` it cannot take a conversation up, with ``--boast`` it says it can. It
keeps what it needs to go on in its home, writes what it was told to ``_heard`` notifications, and
knows nothing of the adapter.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from darkfactory.agents.mock import edits
from darkfactory.agents.mock.command import Command
from darkfactory.agents.mock.memory import Memory
from darkfactory.agents.mock.script import fill, turn_at, turns_of, usage_of
from tests.fakes.stdio_server import call_tool

VERSION = "1.2.3"
_KINDS = {"shell": "execute", "read": "read", "edit": "edit", "write": "edit", "mcp": "other"}
_OPTIONS = [
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
_MODES = {
    "currentModeId": "acceptEdits",
    "availableModes": [
        {"id": "default", "name": "Always ask"},
        {"id": "acceptEdits", "name": "Accept edits"},
    ],
}


class Cancelled(Exception):
    """The client has cancelled the turn."""


class Agent:
    """One run of the program."""

    def __init__(self, script: dict[str, Any], options: list[str]) -> None:
        self._script = script
        self._markers = [entry["marker"] for entry in script.get("sessions") or ()]
        self._steers = "--steering" in options
        self._remembers = "--amnesia" not in options
        self._boasts = self._remembers or "--boast" in options
        self._name = options[options.index("--name") + 1] if "--name" in options else "scripted"
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._later: list[dict[str, Any]] = []
        self._memory = Memory("", "")
        self._folder = ""
        self._servers: list[dict[str, Any]] = []
        self._asked = 0
        self._heard = 0
        self._used = {"input": 0, "output": 0, "cached": 0}

    def serve(self) -> None:
        """Take requests until nobody can send any."""
        threading.Thread(target=self._listen, daemon=True).start()
        while (message := self._next()) is not None:
            if message.get("method") == "session/prompt":
                self._prompted(message)
            else:
                self._other(message, in_turn=False)

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            self._inbox.put(json.loads(line))
        self._inbox.put(None)

    def _next(self) -> dict[str, Any] | None:
        return self._later.pop(0) if self._later else self._inbox.get()

    def _send(self, **message: Any) -> None:
        self._write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def _write(self, raw: bytes) -> None:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()

    def _update(self, kind: str, /, **update: Any) -> None:
        params = {
            "sessionId": self._memory.conversation,
            "update": {"sessionUpdate": kind, **update},
        }
        self._send(method="session/update", params=params)

    def _say(self, kind: str, words: str) -> None:
        half = len(words) // 2
        for part in (words[:half], words[half:]):
            self._update(kind, content={"type": "text", "text": part}, messageId=str(self._heard))

    def _other(self, message: dict[str, Any], *, in_turn: bool) -> None:
        params = message.get("params") or {}
        if message.get("method") == "session/cancel" and in_turn:
            raise Cancelled
        if "method" not in message or "id" not in message:
            return
        result = self._result(message["method"], params, in_turn=in_turn)
        if result is None:
            self._send(id=message["id"], error={"code": -32601, "message": "not here, not now"})
        else:
            self._answer(message, result)

    def _result(
        self, method: str, params: dict[str, Any], *, in_turn: bool
    ) -> dict[str, Any] | None:
        match method:
            case "initialize":
                return self._introduction()
            case "session/new":
                self._open(f"acp-{os.getpid()}-{time.monotonic_ns()}", params)
                return {"sessionId": self._memory.conversation, "modes": _MODES}
            case "session/load" if self._remembers:
                self._open(params["sessionId"], params)
                self._say("user_message_chunk", "of then")
                self._say("agent_message_chunk", "of then")
                return {}
            case "session/set_mode":
                return {}
            case "_session/steering" if self._steers:
                if in_turn:
                    self._hear(params["prompt"])
                return {"outcome": "injected" if in_turn else "promptRequired"}
        return None

    def _answer(self, message: dict[str, Any], result: dict[str, Any]) -> None:
        self._send(id=message["id"], result=result)

    def _introduction(self) -> dict[str, Any]:
        return {
            "protocolVersion": 1,
            "agentInfo": {"name": self._name, "version": VERSION},
            "agentCapabilities": {"loadSession": self._boasts},
            "authMethods": [],
            **({"_meta": {"steering": {"supported": True}}} if self._steers else {}),
        }

    def _open(self, session: str, params: dict[str, Any]) -> None:
        self._folder = params["cwd"]
        self._servers = params["mcpServers"]
        self._memory = Memory(os.path.join(os.environ["HOME"], f"{session}.json"), session)
        self._memory.load()
        self._memory.save()

    def _hear(self, prompt: list[dict[str, Any]]) -> None:
        words = "\n".join(block["text"] for block in prompt)
        self._heard += 1
        self._memory.hear(words, self._markers)
        self._send(method="_heard", params={"text": words})

    def _prompted(self, message: dict[str, Any]) -> None:
        self._used = dict.fromkeys(self._used, 0)
        self._hear(message["params"]["prompt"])
        reason = "end_turn"
        try:
            while not self._model_turn():
                self._mind_messages()
        except Cancelled:
            self._memory.next_turn()
            reason = "cancelled"
        used = self._used
        usage = {
            "inputTokens": used["input"],
            "outputTokens": used["output"],
            "cachedReadTokens": used["cached"],
            "totalTokens": used["input"] + used["output"],
        }
        self._answer(message, {"stopReason": reason, "usage": usage})

    def _model_turn(self) -> bool:
        memory, heard, switches = self._memory, self._heard, self._memory.switches
        turns = turns_of(self._script, memory.marker)
        scripted = turn_at(turns, memory.turn)
        turn: Any = fill(scripted, {"cwd": self._folder, "last_result": memory.last_result})
        for name, used in usage_of(turn, memory.turn).items():
            self._used[name] = self._used.get(name, 0) + used
        if turn.get("think"):
            self._say("agent_thought_chunk", turn["think"])
        if turn.get("say"):
            self._say("agent_message_chunk", turn["say"])
        for action in turn.get("do") or []:
            self._act(action)
            self._mind_messages()
            if memory.switches != switches:
                return False
        self._rest(turn.get("sleep", 0.02 if turn.get("forever") else 0))
        self._spoil(turn.get("fault"))
        if memory.switches != switches:
            return False
        again = turn_at(turns, memory.turn + 1) is scripted
        memory.next_turn()
        return not turn.get("do") and not again and heard == self._heard

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._mind_messages(left)

    def _mind_messages(self, seconds: float = 0) -> None:
        try:
            message = self._inbox.get(timeout=seconds) if seconds else self._inbox.get_nowait()
        except queue.Empty:
            return
        if message is None:
            os._exit(0)
        self._other(message, in_turn=True)

    def _spoil(self, fault: dict[str, Any] | None) -> None:
        if fault is None or not self._memory.strike(fault.get("times")):
            return
        match fault["kind"]:
            case "exit":
                os._exit(fault.get("status", 1))
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                signal.pause()
            case "garbage":
                self._write(b'\xff\xfe{"jsonrpc": \x00\n[1, 2]\n\n"text"\n')

    def _act(self, action: dict[str, Any]) -> None:
        ((kind, value),) = action.items()
        if kind == "mcp" and not self._servers:
            return  # as the scripted model: it calls what it is offered
        call = self._memory.next_call()
        path = value if kind == "read" else value.get("path") if kind != "shell" else None
        titles = {"shell": f"`{value}`", "mcp": f"mcp__{self._first_server}__{_name_of(value)}"}
        told: dict[str, Any] = {
            "toolCallId": call,
            "title": titles.get(kind, f"{kind} {path}"),
            "kind": _KINDS[kind],
            "rawInput": {"command": value} if kind == "shell" else value,
            "locations": [{"path": os.path.join(self._folder, path)}] if path else [],
        }
        self._update("tool_call", **told, status="pending")
        if kind != "read" and not self._allowed(told):
            self._end(call, "failed", "not allowed")
            return
        self._update("tool_call_update", toolCallId=call, status="in_progress")
        try:
            self._do(call, kind, value)
        except (OSError, LookupError) as error:
            self._end(call, "failed", str(error))

    @property
    def _first_server(self) -> str:
        return str(self._servers[0]["name"]) if self._servers else ""

    def _allowed(self, told: dict[str, Any]) -> bool:
        self._asked += 1
        params = {"sessionId": self._memory.conversation, "toolCall": told, "options": _OPTIONS}
        self._send(id=self._asked, method="session/request_permission", params=params)
        while True:
            message = self._inbox.get()
            if message is None:
                os._exit(0)
            if "method" in message:
                self._other(message, in_turn=True)
            elif message.get("id") == self._asked:
                chosen: str = message["result"]["outcome"].get("optionId", "")
                return chosen in ("yes", "always")

    def _do(self, call: str, kind: str, value: Any) -> None:
        if kind == "shell":
            self._shell(call, value)
        elif kind == "mcp":
            said = call_tool(self._servers[0], value["name"], value["input"])
            self._end(call, "completed", said)
        elif kind == "read":
            self._end(call, "completed", edits.read(os.path.join(self._folder, value)))
        else:
            path = os.path.join(self._folder, value["path"])
            old = edits.read(path) if os.path.exists(path) else None
            if kind == "write":
                edits.write(path, value["content"])
            else:
                edits.edit(path, value["old"], value["new"])
            diff = {"type": "diff", "path": path, "oldText": old, "newText": edits.read(path)}
            self._end(call, "completed", "done", content=[diff])

    def _shell(self, call: str, text: str) -> None:
        command, output = Command(text, self._folder), ""
        try:
            while (code := command.exit_code()) is None:
                self._mind_messages(0.01)
                output += command.read()
        except Cancelled:
            command.kill()
            self._end(call, "failed", "cancelled")
            raise
        output += command.read()
        command.close()
        raw = {"exit_code": code, "output": output}
        self._end(call, "failed" if code else "completed", output, rawOutput=raw)

    def _end(self, call: str, status: str, result: str, **more: Any) -> None:
        self._memory.last_result = result[-400:]
        told = {"rawOutput": result, **more}
        self._update("tool_call_update", toolCallId=call, status=status, **told)


def _name_of(value: Any) -> str:
    return str(value.get("name")) if isinstance(value, dict) else ""


def main() -> int:
    """Run the program; return its exit status."""
    with open(sys.argv[1], encoding="utf-8") as file:
        script = json.load(file)
    try:
        Agent(script, sys.argv[2:]).serve()
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    os._exit(main())  # its reader thread waits for input that may never come
