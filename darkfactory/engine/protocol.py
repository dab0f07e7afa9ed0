"""What the factory needs of an execution engine: about six calls, so that another one can come.

The engine decides who runs what, when. It is not the record: its database can be deleted, and the
factory enqueues again what the streams say is unfinished.
"""

from dataclasses import dataclass
from typing import Protocol

DATABASE_URL = "DARKFACTORY_ENGINE_URL"
"""The variable that names another database than the repository's own SQLite file."""


@dataclass(frozen=True, slots=True)
class Job:
    """One session of an item. *rank* 1 starts first; *generation* rises when an item comes back."""

    key: str
    lane: str
    rank: int
    generation: int = 1

    @property
    def id(self) -> str:
        """The engine's id of the job: the same job is never enqueued twice."""
        return f"item:{self.key}:g{self.generation}"


class Work(Protocol):
    """What the engine runs for a job."""

    async def attempt(self, job: Job) -> None:
        """Ensure that a session of *job* runs and wait for its end.

        Called again with the same job after a crash: it must adopt what still runs. When the engine
        stops it is cancelled, which must leave the session running.
        """
        ...


class Engine(Protocol):
    """Runs jobs in the order of their ranks, at most so many at once."""

    def start(self, work: Work, cap: int) -> None:
        """Take up unfinished jobs and begin to work, *cap* of them at once."""
        ...

    def enqueue(self, job: Job) -> bool:
        """Add *job*; False when that id is known already, whatever became of it."""
        ...

    def active(self) -> frozenset[str]:
        """Return the ids of jobs that are queued or running."""
        ...

    def generation(self, key: str) -> int:
        """Return the highest generation of item *key* the engine knows, 0 for none."""
        ...

    def cancel(self, job_ids: frozenset[str]) -> None:
        """Drop queued jobs and stop waiting for running ones; sessions are not touched."""
        ...

    def stop(self) -> None:
        """Stop at once; running attempts are left to the next start."""
        ...
