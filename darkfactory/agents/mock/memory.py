"""What the mock remembers of its conversation, so that a later process goes on where it stopped."""

from __future__ import annotations

import json
import os

from darkfactory.agents.mock.script import marker_after, markers_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Memory:
    """The state of one conversation, written to a file at each step.

    *turn* is the model turn that comes next or runs, *step* how much of it is done: 0 nothing,
    1 the model has answered, and one more for each action. *switches* counts changes of script.
    """

    def __init__(self, path: str, conversation: str) -> None:
        self._path = path
        self.conversation = conversation
        self.marker: str | None = None
        self.seen: list[str] = []
        self.turn = 0
        self.step = 0
        self.switches = 0
        self.calls = 0
        self.total = 0
        self.last_result = ""
        self.faults: dict[str, int] = {}

    def load(self) -> bool:
        """Take up what the file holds; return whether it is free for this conversation.

        Without a file the conversation was cut off before its first step, and begins now.
        """
        try:
            with open(self._path, encoding="utf-8") as file:
                kept: dict[str, Any] = json.load(file)
        except FileNotFoundError:
            return True
        if kept.pop("conversation", None) != self.conversation:
            return False
        for name, value in kept.items():
            setattr(self, name, value)
        return True

    def save(self) -> None:
        """Write the state, in one step: a killed process leaves the old one or the new one."""
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        draft = f"{self._path}.new"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(draft, self._path)

    def hear(self, text: str, markers: list[str]) -> None:
        """Note that a user said *text*, which may switch the script."""
        marker = marker_after(text, markers, self.marker, self.seen)
        self.seen = sorted({*self.seen, *markers_in(text, markers)})
        if marker != self.marker:
            self.marker, self.turn, self.step = marker, 0, 0
            self.switches += 1
        self.save()

    def advance(self) -> None:
        """Note that the next step of the turn is done."""
        self.step += 1
        self.save()

    def next_turn(self) -> None:
        """Note that the turn is over."""
        self.turn += 1
        self.step = 0
        self.save()

    def next_call(self) -> str:
        """Return the id of the next tool call; no two calls of a conversation share one."""
        self.calls += 1
        self.save()
        return f"call-{self.calls}"

    def strike(self, times: int | None) -> bool:
        """Tell whether the turn's fault is still due, *times* at most, and count it."""
        key = f"{self.marker}:{self.turn}"
        struck = self.faults.get(key, 0)
        if times is not None and struck >= times:
            return False
        self.faults[key] = struck + 1
        self.save()
        return True
