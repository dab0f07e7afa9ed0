"""The mock agent's program: plays a script for real, over lines of JSON on its two pipes.

In: ``prompt`` and ``steer`` {id, text}, ``interrupt`` {id}, ``answer`` {id, request, approve,
note}, ``finish``. Out: one line for each thing that happens; the adapter turns them into events.
It starts hundreds of times in a test run, so it imports little: most of its start is ``json``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from darkfactory.agents.mock import edits
from darkfactory.agents.mock.memory import Memory
from darkfactory.agents.mock.pipes import Pipes
from darkfactory.agents.mock.script import fill, turn_at, turns_of, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from darkfactory.agents.mock.command import Command

    Result = tuple[str, int | None, str]

SESSION_FILE = "session.json"
MEMORY_FILE = "memory.json"
_TAIL = 16 * 1024
_STREAMED = 256 * 1024
_FOREVER_SECONDS = 0.02  # a model takes time; without it a looping mock only fills the disk


class Interrupted(Exception):
    """Somebody wants the turn to end. *control* is the id of the message that said so."""

    def __init__(self, control: str) -> None:
        super().__init__(control)
        self.control = control


class Mock:
    """One run of the program: a conversation and the script it follows."""

    def __init__(self, pipes: Pipes, memory: Memory, session: dict[str, Any]) -> None:
        self._pipes = pipes
        self._memory = memory
        self._script: dict[str, Any] = session["script"]
        self._markers = [entry["marker"] for entry in self._script.get("sessions") or ()]
        self._folder: str = session["workspace"]
        self._autonomy: str = session["autonomy"]
        self._heard = 0
        self._last_words = ""

    def serve(self) -> None:
        """Take messages until told to finish or until nobody can send any."""
        while True:
            message = self._pipes.take("prompt", "steer", "interrupt", "answer", "finish")
            if message is None:
                if self._pipes.closed:
                    return
                self._pipes.wait(None)
            elif message["type"] in ("prompt", "steer"):
                self._turn(message)
            elif message["type"] == "finish":
                return
            else:
                self._refuse(message, "no turn is running")

    def _turn(self, message: dict[str, Any]) -> None:
        self._last_words = ""
        self._hear(message, opens=True)
        reason = "done"
        try:
            while not self._model_turn():
                pass
        except Interrupted as wish:
            self._memory.next_turn()
            self._pipes.say("applied", id=wish.control)
            reason = "interrupted"
        self._pipes.say("done", reason=reason, text=self._last_words)

    def _model_turn(self) -> bool:
        """Play what is left of the model turn; return whether the agent's turn is over."""
        memory, heard, switches = self._memory, self._heard, self._memory.switches
        turns = turns_of(self._script, memory.marker)
        scripted = turn_at(turns, memory.turn)
        turn = self._filled(scripted)
        actions = turn.get("do") or []
        if memory.step == 0:
            self._answer(turn)
        while memory.step <= len(actions):
            self._act(self._filled(actions[memory.step - 1]))
            self._mind_messages()
            if memory.switches != switches:
                return False
        self._rest(turn, heard)
        if memory.switches != switches:
            return False
        self._spoil(turn.get("fault"))
        again = turn_at(turns, memory.turn + 1) is scripted
        memory.next_turn()
        self._mind_messages()
        return not actions and not again and heard == self._heard

    def _filled(self, value: Any) -> Any:
        words = {"cwd": self._folder, "last_result": self._memory.last_result}
        return fill(value, words)

    def _answer(self, turn: dict[str, Any]) -> None:
        memory = self._memory
        usage = usage_of(turn, memory.turn)
        memory.total += usage["input"] + usage["output"]
        if turn.get("think"):
            self._pipes.say("thought", text=turn["think"])
        if turn.get("say"):
            self._last_words = turn["say"]
            self._pipes.say("message", text=turn["say"])
        self._pipes.say("usage", **usage, total=memory.total)
        memory.advance()  # after it is told: killed between, it says the same again, not nothing

    def _rest(self, turn: dict[str, Any], heard: int) -> None:
        """Sleep as the turn says; a user's message ends it, as it ends a model's thinking.

        One that came while the turn's actions were done counts too: it is past *heard* messages.
        """
        seconds = max(turn.get("sleep", 0), _FOREVER_SECONDS if turn.get("forever") else 0)
        until = time.monotonic() + seconds
        while heard == self._heard and (left := until - time.monotonic()) > 0:
            self._pipes.wait(left)
            self._mind_messages()

    def _spoil(self, fault: dict[str, Any] | None) -> None:
        if fault is None or not self._memory.strike(fault.get("times")):
            return
        match fault["kind"]:
            case "exit":
                sys.exit(fault.get("status", 1))
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(fault.get("seconds", 1 << 22))
            case "garbage":
                self._pipes.write(b'\xff\xfe{"type": \x00 not a line of ours\n[1, 2]\n\n"text"\n')

    def _mind_messages(self) -> None:
        """Take what came in while something else was done."""
        self._pipes.wait(0)
        while message := self._pipes.take("prompt", "steer", "interrupt", "answer"):
            if message["type"] == "interrupt":
                raise Interrupted(message["id"])
            if message["type"] == "answer":
                self._refuse(message, f"nothing waits for {message.get('request')!r}")
            else:
                self._hear(message, opens=False)

    def _hear(self, message: dict[str, Any], *, opens: bool) -> None:
        self._heard += 1
        self._memory.hear(message["text"], self._markers)
        self._pipes.say("user", id=message["id"], text=message["text"], opens=opens)

    def _refuse(self, message: dict[str, Any], reason: str) -> None:
        self._pipes.say("refused", id=message["id"], reason=reason)

    def _act(self, action: dict[str, Any]) -> None:
        ((kind, value),) = action.items()
        call = self._memory.next_call()
        command = value if kind == "shell" else None
        paths = [] if kind == "shell" else [value["path"] if isinstance(value, dict) else value]
        self._pipes.say("tool", call=call, kind=kind, command=command, paths=paths, input=value)
        began = time.monotonic()
        try:
            result = self._refusal(call, kind, command) or self._do(call, kind, value)
        except Interrupted:
            self._tool_end(call, ("aborted", None, "interrupted"), began)
            raise
        self._memory.last_result = result[2][-400:]
        self._memory.advance()  # before it is told: what was told is never done again
        self._tool_end(call, result, began)

    def _tool_end(self, call: str, result: Result, began: float) -> None:
        status, exit_code, output = result
        ended = {"exit_code": exit_code, "ms": round((time.monotonic() - began) * 1000)}
        self._pipes.say("tool_end", call=call, status=status, output=output[-_TAIL:], **ended)

    def _refusal(self, call: str, kind: str, command: str | None) -> Result | None:
        """Return why the lane's autonomy does not let the agent do this, or None."""
        if self._autonomy == "observe" and kind != "read":
            return "denied", None, f"{kind} is not allowed: this agent may only read"
        if self._autonomy == "suggest" and command is not None:
            return self._ask(call, command)
        return None

    def _ask(self, call: str, command: str) -> Result | None:
        request = f"ask-{call}"
        self._pipes.say("ask", request=request, call=call, kind="shell", command=command)
        while not self._pipes.closed:
            self._pipes.wait(None)
            self._mind_interrupt()
            while answer := self._pipes.take("answer"):
                if answer["request"] != request:
                    self._refuse(answer, f"nothing waits for {answer['request']!r}")
                    continue
                self._pipes.say("applied", id=answer["id"])
                return None if answer["approve"] else ("denied", None, answer.get("note") or "no")
        if self._pipes.take("finish"):
            return "denied", None, "nobody is left to ask"
        sys.exit("nobody is left to ask")  # its host is gone: the next run asks again

    def _mind_interrupt(self) -> None:
        wish = self._pipes.take("interrupt")
        if wish:
            raise Interrupted(wish["id"])

    def _do(self, call: str, kind: str, value: Any) -> Result:
        try:
            if kind == "shell":
                return self._shell(call, value)
            if kind == "read":
                return "ok", None, edits.read(self._path(value))
            path = self._path(value["path"])
            if kind == "write":
                change = edits.write(path, value["content"])
            else:
                change = edits.edit(path, value["old"], value["new"])
        except (OSError, LookupError, ValueError) as error:  # ValueError: a NUL in a path
            return "failed", None, str(error)
        self._pipes.say("changed", call=call, **change)
        return "ok", None, f"{kind}: {path}"

    def _path(self, path: str) -> str:
        return os.path.join(self._folder, path)

    def _shell(self, call: str, text: str) -> Result:
        from darkfactory.agents.mock.command import Command

        command = Command(text, self._folder)
        try:
            output = self._follow(call, command)
        except (Interrupted, BrokenPipeError):
            command.kill()
            raise
        code = command.exit_code()
        return ("failed" if code else "ok"), code, output

    def _follow(self, call: str, command: Command) -> str:
        """Pass on what *command* says until it ends; return the end of that."""
        output, streamed = "", 0
        while True:
            ended = command.exit_code() is not None
            text = command.read()
            if text and streamed < _STREAMED:
                self._pipes.say("output", call=call, delta=text[: _STREAMED - streamed])
                streamed += len(text)
            output = (output + text)[-_TAIL:]
            if ended:
                command.close()
                return output
            self._pipes.wait(None, *filter(None, [command.output]))
            self._mind_interrupt()


def main(home: str, conversation: str, mode: str) -> int:
    """Run the program; return its exit status.

    Args:
        home: The folder that holds the session file and the conversation's memory.
        mode: ``new``, or ``resume`` to go on with *conversation*.
    """
    with open(os.path.join(home, SESSION_FILE), encoding="utf-8") as file:
        session = json.load(file)
    memory = Memory(os.path.join(home, MEMORY_FILE), conversation)
    if mode == "resume" and not memory.load():
        sys.stderr.write(f"{home} holds another conversation than {conversation!r}\n")
        return 1
    memory.save()
    pipes = Pipes()
    try:
        pipes.say("hello", conversation=conversation, version=session["version"])
        Mock(pipes, memory, session).serve()
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
