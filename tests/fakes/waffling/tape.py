"""Plays a coding agent: writes the events of its steps, in the tool names of several programs."""

import hashlib
import random
from typing import Any

from darkfactory.domain.event import Event

_TOOLS = ("shell", "read", "search", "edit", "write", "plan")
# What one program calls its tools: shell, read, search, edit, write, plan.
_STYLES = (
    ("Bash", "Read", "Grep", "Edit", "Write", "TodoWrite"),
    ("exec_command", "exec_command", "exec_command", "apply_patch", "apply_patch", "update_plan"),
    ("execute", "read", "search", "edit", "edit", "think"),
    ("run_shell_command", "read_file", "search_file_content", "replace", "write_file", "plan"),
    ("Bash", "mcp__fs__read_file", "mcp__fs__search", "Edit", "Write", "mcp__plan__set"),
)
_NOUNS = (
    *("parser", "cache", "router", "ledger", "invoice", "session"),
    *("token", "queue", "worker", "schema", "index", "bucket"),
)
_VERBS = (
    *("load", "merge", "split", "render", "decode", "validate"),
    *("resolve", "flush", "retry", "collect", "rotate", "sort"),
)
_OPENERS = ("Let me", "I'll", "I will now", "Next I", "Time to", "Going to", "First, I")


class Tape:
    """The events of one session and the chance that varies it."""

    def __init__(self, seed: str) -> None:
        self.events: list[Event] = []
        self.start = 0
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        names = self.chance.choice(_STYLES)
        self._names = dict(
            zip(("shell", "read", "search", "edit", "write", "plan"), names, strict=True)
        )
        self._chatty = self.chance.random() < 0.6
        self._calls = 0
        self.noun, self.verb = self.chance.choice(_NOUNS), self.chance.choice(_VERBS)

    def add(
        self, kind: str, data: dict[str, Any], *, agent: str = "agent", parent: str | None = None
    ) -> None:
        self.events.append(Event(kind, data, agent=agent, parent=parent))

    def say(self, text: str, role: str = "assistant") -> None:
        self.add("message", {"role": role, "text": text})

    def mumble(self, about: str) -> None:
        """Say something before a call, as some agents always do and some never."""
        if self._chatty:
            self.say(f"{self.chance.choice(_OPENERS)} {about}.")

    def call(
        self,
        tool: str,
        command: str | None,
        output: str,
        *,
        code: int = 0,
        paths: tuple[str, ...] = (),
        given: str = "",
        changes: tuple[tuple[str, str, int, int], ...] = (),
    ) -> None:
        """Make one call; *changes* are (path, content, added, removed)."""
        self._calls += 1
        name = self._names[tool]
        kind = {"plan": "other"}.get(tool, "mcp" if name.startswith("mcp__") else tool)
        begun: dict[str, Any] = {
            "call": str(self._calls),
            "kind": kind,
            "name": name,
            "paths": list(paths),
        }
        begun["command"] = command if tool == "shell" else None
        begun["input_hash"] = _hash(f"{name} {command} {given} {paths}")
        self.add("tool.started", begun)
        for path, content, added, removed in changes:
            self._changed(path, content, added, removed, ok=code == 0)
        status = "ok" if code == 0 else "failed"
        exit_code = code if tool == "shell" else None
        told = {"status": status, "exit_code": exit_code, "output": output}
        self.add("tool.finished", {"call": str(self._calls), **told, "output_hash": _hash(output)})

    def shell(self, command: str, output: str, code: int = 0) -> None:
        self.call("shell", command, output, code=code)

    def read(self, path: str, first: int = 1, lines: int = 30) -> None:
        """Read *lines* of the file *path* from line *first* on."""
        text = "\n".join(f"{at}\t{code_line(path, at)}" for at in range(first, first + lines))
        self.call("read", None, text, paths=(path,), given=f"{first}+{lines}")

    def search(self, pattern: str, output: str) -> None:
        self.call("search", None, output, given=pattern)

    def edit(
        self, path: str, content: str, *, added: int = 2, removed: int = 1, refused: str = ""
    ) -> None:
        output = refused or f"The file {path} has been updated."
        self.call(
            "edit",
            None,
            output,
            code=1 if refused else 0,
            paths=(path,),
            given=content,
            changes=((path, content, added, removed),),
        )

    def write(self, path: str, content: str, lines: int = 20) -> None:
        told = f"Wrote {path}"
        change = ((path, content, lines, 0),)
        self.call("write", None, told, paths=(path,), given=content, changes=change)

    def plan(self, text: str) -> None:
        self.call("plan", None, "The list has been updated.", given=text)

    def use(
        self,
        name: str,
        kind: str,
        given: str,
        output: str,
        *,
        command: str | None = None,
        status: str = "ok",
        paths: tuple[str, ...] = (),
        **who: str,
    ) -> None:
        """Call a tool by its own *name*, whatever program this session is of."""
        self._calls += 1
        begun = {"call": str(self._calls), "kind": kind, "name": name, "command": command}
        told = {"call": str(self._calls), "status": status, "exit_code": None, "output": output}
        where = {"paths": list(paths), "input_hash": _hash(f"{name} {given}")}
        self.add("tool.started", {**begun, **where}, **who)
        self.add("tool.finished", {**told, "output_hash": _hash(output)}, **who)

    def harness(self, result: str, tree: str, failed: int = 0) -> None:
        told = {"tree": tree, "result": result, "passed": 20, "failed": failed, "failing": []}
        self.add("harness.finished", {**told, "where": "workspace"})

    def test(self, failed: int, error: str = "", *, command: str = "pytest -q") -> None:
        """Run tests of which *failed* fail with *error*."""
        seconds = f"{self.chance.uniform(0.3, 9):.2f}s"
        if not failed:
            self.shell(command, f"{'.' * 24}\n24 passed in {seconds}")
            return
        lines = f"E   {error}\nFAILED tests/test_{self.noun}.py\n"
        self.shell(command, f"{lines}{failed} failed, {24 - failed} passed in {seconds}", 1)

    def ordinary(self) -> None:
        """Begin as any session: look, change, test."""
        for number in range(self.chance.randint(2, 6)):
            self.mumble(f"look at part {number} of the {self.noun}")
            self.read(f"src/{self.noun}_{number}.py")
        for number in range(self.chance.randint(1, 3)):
            self.mumble(f"change how it can {self.verb}")
            self.edit(f"src/{self.noun}_{number}.py", f"first {number}")
            self.test(3 - number, f"AssertionError: {self.verb} gave {number}")

    def pick(self, *of: str) -> str:
        return self.chance.choice(of)

    def times(self, least: int = 14, most: int = 20) -> range:
        return range(self.chance.randint(least, most))

    def stamp(self) -> str:
        at = self.chance.randint
        return f"2026-11-{at(10, 28)} {at(10, 23)}:{at(10, 59)}:{at(10, 59)}.{at(100, 999)}"

    def _changed(self, path: str, content: str, added: int, removed: int, *, ok: bool) -> None:
        data = {"call": str(self._calls), "path": path, "added": added, "removed": removed}
        self.add("file.changed", {**data, "content_hash": _hash(content), "ok": ok})


def code_line(path: str, at: int) -> str:
    """Return line *at* of the made-up file *path*: always the same, elsewhere another."""
    mark = _hash(f"{path}:{at}")
    return (
        f"    {mark[:4]}_{_NOUNS[int(mark[4], 16) % 12]} = {_VERBS[int(mark[5], 16) % 12]}({mark})"
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
