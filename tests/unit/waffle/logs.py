"""Builds logs of sessions, one step after the other."""

import json
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.lane import WaffleLimits
from darkfactory.waffle.score import Scorer


class Log:
    """A session's events; every method adds some and returns the index of the last."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._calls = 0

    def add(self, kind: str, data: dict[str, Any], **more: Any) -> int:
        self.events.append(Event(kind, data, **more))
        return len(self.events) - 1

    def call(
        self,
        command: str,
        output: str = "ok",
        *,
        kind: str = "shell",
        exit_code: int = 0,
        paths: tuple[str, ...] = (),
        **more: Any,
    ) -> int:
        self._start(command, kind, paths, **more)
        return self._finish(output, exit_code, **more)

    def edit(
        self, path: str, content: str, *, ok: bool = True, output: str = "File updated."
    ) -> int:
        self._start(f"{path} {content}", "edit", (path,))
        data = {"call": str(self._calls), "path": path, "content_hash": content, "ok": ok}
        self.add("file.changed", data)
        return self._finish(output, 0 if ok else 1)

    def say(self, text: str, role: str = "assistant", **more: Any) -> int:
        return self.add("message", {"role": role, "text": text}, **more)

    def harness(
        self, result: str, failed: int | None = 0, where: str = "workspace", **more: object
    ) -> int:
        data = {"tree": "t", "result": result, "failed": failed, "where": where}
        return self.add("harness.finished", {**data, **more})

    def score(self, limits: WaffleLimits | None = None) -> Scorer:
        scorer = Scorer(limits)
        for event in self.events:
            scorer.feed(event)
        return scorer

    def strength(self, name: str) -> float:
        return next((one.strength for one in self.score().signals if one.name == name), 0.0)

    def lines(self) -> list[str]:
        return [json.dumps(event.body()) for event in self.events]

    def _start(self, command: str, kind: str, paths: tuple[str, ...], **more: Any) -> int:
        self._calls += 1
        data = {
            "call": str(self._calls),
            "kind": kind,
            "name": kind,
            "command": command,
            "paths": list(paths),
        }
        return self.add("tool.started", data, **more)

    def _finish(self, output: str, exit_code: int, **more: Any) -> int:
        status = "ok" if exit_code == 0 else "failed"
        data = {
            "call": str(self._calls),
            "status": status,
            "exit_code": exit_code,
            "output": output,
        }
        return self.add("tool.finished", data, **more)
