"""What an implementation does for the suite: agents to talk to, and harm to itself.

::

    @contextmanager
    def make_driver():
        yield MyDriver(url="http://127.0.0.1:4437", token="…")

What a driver cannot do raises ``NotImplementedError``: the tests that need it are skipped.
"""

from dataclasses import dataclass

WORDS = ("Look left.", "Something else.", "Go on.")
"""What the suite tells agents."""


@dataclass
class Driver:
    """A server under test. *token* may read, append and control."""

    url: str
    token: str

    def endless_session(self) -> str:
        """Start a session whose agent has said ``Half of it.`` and works on until it is told more.

        Each of :data:`WORDS`, by a steer or with an interrupt, makes it say ``Heard.`` and end its
        turn. Returned is the session's id, once it works.
        """
        raise NotImplementedError("start a session")

    def asking_session(self) -> str:
        """Start a session whose agent asks for an approval and goes on once it has it."""
        raise NotImplementedError("start a session that asks for an approval")

    def restart(self) -> None:
        """Kill the server without warning and start it again at the same place."""
        raise NotImplementedError("restart the server")

    def kill_agent(self, session: str) -> None:
        """Kill what runs the agent of *session*, without warning, and let nothing replace it."""
        raise NotImplementedError(f"kill the agent of {session}")

    def kill_orchestrator(self) -> None:
        """Kill what started the sessions, without warning; there may be nothing of the kind."""
        raise NotImplementedError("kill an orchestrator")

    def append_token(self, session: str) -> str:
        """Return a token that may append to *session* and do nothing else."""
        raise NotImplementedError(f"make a token of fewer rights for {session}")

    def told_away(self, session: str) -> list[str]:
        """Return a word for each time that who is away was told of *session*, in order.

        ``approval``: it asks for one; any other word: its work is over.
        """
        raise NotImplementedError(f"tell people who are away of {session}")
