"""The engine on DBOS: a SQLite file by default, PostgreSQL by URL, the same code for both.

One queue with one cap, which lives in the database, so it holds over restarts. The application
version is a constant: with DBOS's default, a hash of the code, an upgrade would strand the rows of
the old one and their slots (docs/adr/0004-execution-engine.md).
"""

import json
import logging
import sqlite3
import time
from contextlib import closing
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID

from darkfactory.engine.protocol import Job, Work
from darkfactory.engine.trouble import prove_writable, sqlite_path, told

FLOW = "flow-2"  # raised only when the order of steps in a workflow changes
_APPLICATION = "darkfactory"
_QUEUE = "agents"
_POLL_SECONDS = 0.1  # how long a freed slot stays empty, at most; each poll is a query
_NOTICE_SECONDS = 0.05  # how often DBOS looks for messages that nobody sends; its end waits for it
_LOOK_SECONDS = 1.0  # how long another process may have ended a job before we see it
_PROOF_SECONDS = 5.0  # how long a database that takes no more writes may go unnoticed
_MAX_RECOVERIES = 1000
_LIVE = ["PENDING", "ENQUEUED", "DELAYED"]


class _Json(Serializer):
    """Plain JSON: rows can be read by people and never run code when they are loaded."""

    def serialize(self, data: Any) -> str:
        # DBOS keeps exceptions of a workflow through here too: their words are enough for people.
        return json.dumps(data, default=repr)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "df_json"


_engine: "DbosEngine | None" = None


@DBOS.workflow(name="item", max_recovery_attempts=_MAX_RECOVERIES)
async def _item_workflow(job: dict[str, Any]) -> None:
    if _engine is None:
        raise RuntimeError("the engine runs jobs only between start and stop")
    await _engine.run(Job(**job))


class DbosEngine:
    """One engine of this process; DBOS allows one at a time.

    Args:
        url: ``sqlite:///PATH`` or a PostgreSQL URL.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._work: Work | None = None
        self._live: frozenset[str] = frozenset()
        self._ended: set[str] = set()
        self._generations: dict[str, int] = {}
        self._look_at = 0.0
        self._prove_at = 0.0

    def start(self, work: Work, cap: int) -> None:
        """Take up unfinished jobs and begin to work; see :class:`Engine`.

        Raises:
            DiskFull: If there is no room for the database.
            EngineBroken: If it is damaged.
            EngineRefused: If it cannot be reached, read or written.
        """
        global _engine
        _engine, self._work = self, work
        # What its database fails of we say ourselves, in words and not in tracebacks.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        with told(self._url):
            _use_wal(self._url)
            DBOS(config=self._config())
            self._make_ready(cap)
            DBOS.launch()

    async def run(self, job: Job) -> None:
        """Do the work of *job*, in the engine's own event loop."""
        if self._work is None:
            raise RuntimeError("the engine has not been started")
        try:
            await self._work.attempt(job)
        finally:
            self._ended.add(job.id)

    def enqueue(self, job: Job) -> bool:
        if job.generation <= self.generation(job.key):
            return False
        body = {
            "key": job.key,
            "lane": job.lane,
            "rank": job.rank,
            "generation": job.generation,
        }
        options = SetEnqueueOptions(priority=max(1, job.rank))
        with told(self._url), SetWorkflowID(job.id), options:
            DBOS.enqueue_workflow(_QUEUE, _item_workflow, body)
        self._generations[job.key] = job.generation
        self._look_at = 0.0
        return True

    def active(self) -> frozenset[str]:
        """Return the ids of live jobs: own ends at once, those of other processes within 1 s.

        Raises:
            DiskFull: If there is no room for what the engine has to write.
            EngineRefused: If the database takes no more writes.
        """
        self._prove_writable()
        if time.monotonic() >= self._look_at:
            with told(self._url):
                rows = DBOS.list_workflows(
                    name="item", status=_LIVE, load_input=False, load_output=False
                )
            self._live = frozenset(row.workflow_id for row in rows)
            self._look_at = time.monotonic() + _LOOK_SECONDS
        return self._live - self._ended

    def generation(self, key: str) -> int:
        if key not in self._generations:
            with told(self._url):
                rows = DBOS.list_workflows(
                    name="item",
                    workflow_id_prefix=f"item:{key}:g",
                    load_input=False,
                    load_output=False,
                )
            self._generations[key] = max(
                (int(row.workflow_id.rpartition(":g")[2]) for row in rows), default=0
            )
        return self._generations[key]

    def cancel(self, job_ids: frozenset[str]) -> None:
        with told(self._url):
            for job in job_ids:
                DBOS.cancel_workflow(job, cancel_children=True)
        self._look_at = 0.0

    def stop(self) -> None:
        global _engine  # noqa: PLW0603 - as in start
        DBOS.destroy(workflow_completion_timeout_sec=0)
        _engine = None

    def _prove_writable(self) -> None:
        if time.monotonic() >= self._prove_at:
            prove_writable(self._url)
            self._prove_at = time.monotonic() + _PROOF_SECONDS

    def _config(self) -> DBOSConfig:
        return {
            "name": _APPLICATION,
            "system_database_url": self._url,
            "application_version": FLOW,
            "executor_id": "local",
            "serializer": _Json(),
            "log_level": "CRITICAL",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": _NOTICE_SECONDS,
        }

    def _make_ready(self, cap: int) -> None:
        """Write the cap before launch: queues that are known then are listened to at once.

        Jobs of another version of the workflow would never run here, but hold their slots: they
        are dropped, and the factory enqueues again what the record says is unfinished.
        """
        DBOS.migrate(system_database_url=self._url)
        client = DBOSClient(system_database_url=self._url, serializer=_Json())
        try:
            client.register_queue(
                _QUEUE,
                global_concurrency=cap,
                polling_interval_sec=_POLL_SECONDS,
                application_name=_APPLICATION,
            )
            rows = client.list_workflows(status=_LIVE, load_input=False, load_output=False)
            for row in rows:
                if row.app_version != FLOW:
                    client.cancel_workflow(row.workflow_id)
        finally:
            client.destroy()


def _use_wal(url: str) -> None:
    """Switch a SQLite file to write-ahead logging, which DBOS leaves to its user: 7 to 11 times."""
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
