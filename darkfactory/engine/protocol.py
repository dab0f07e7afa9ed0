"""What the factory needs of an execution engine: about six calls, so that another one can come.

The engine decides who runs what, when. It is not the record: its database can be deleted, and the
factory enqueues again what the streams say is unfinished.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

DATABASE_URL = "DARKFACTORY_ENGINE_URL"
"""The variable that names another database than the repository's own SQLite file."""


class Next(StrEnum):
    """What follows an attempt."""

    AGAIN = "again"
    DONE = "done"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Job:
    """One item to work on. *rank* 1 starts first; *generation* rises when an item comes back."""

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

    async def attempt(self, job: Job, number: int) -> Next:
        """Ensure that attempt *number* of *job* runs, wait for its end and say what follows.

        Called again with the same arguments after a crash: it must adopt what still runs and
        collect what has ended. When the engine stops it is cancelled, which must leave the session
        running.
        """
        ...


class Engine(Protocol):
    """Runs jobs within the caps of their lanes and the cap over all lanes."""

    def start(self, work: Work, lanes: Mapping[str, int], cap: int) -> None:
        """Take up unfinished jobs and begin to work. *lanes* are sessions at once by lane name."""
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
