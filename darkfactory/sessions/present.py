"""Which agents are there now, as processes and logs prove it: who runs a session, and how it is.

For whoever asks again and again: each look reads only what came since the last one.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from darkfactory.domain.session import State
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.story import Story
from darkfactory.sessions.view import judge_state


@dataclass(slots=True)
class _Session:
    """A session that has started and not ended, as far as its log was read."""

    agent: str
    story: Story = field(default_factory=Story)
    position: int = 0


class PresentAgents:
    """The agents of the sessions that this factory runs."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        self._position = 0
        self._open: dict[str, _Session] = {}

    def look(self) -> Mapping[str, Mapping[str, State]]:
        """Return the state of each agent whose host lives, by session and agent."""
        self._read_factory()
        found = {}
        for name, session in self._open.items():
            state = self._state_of(name, session)
            if state is not None:
                found[name] = {session.agent: state}
        return found

    def _read_factory(self) -> None:
        for behind, event in Stream(self._state.streams, "factory").read(self._position):
            self._position = behind
            if event.session is None:
                continue
            if event.type == "session.started":
                self._open[event.session] = _Session(event.agent or event.session)
            elif event.type == "session.ended":
                self._open.pop(event.session, None)

    def _state_of(self, name: str, session: _Session) -> State | None:
        """Return what *session* does, None where nobody runs it."""
        host = find_host(os.fspath(self._state.session(name)))
        if host.state is not HostState.ALIVE:
            return None
        for behind, event in Stream(self._state.streams, f"s/{name}").read(session.position):
            session.position = behind
            session.story.tell(behind, event)
        state, _ = judge_state(session.story, host)
        return None if state is State.ENDED else state
