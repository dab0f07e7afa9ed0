"""The engine on DBOS: a SQLite file by default, PostgreSQL by URL, the same code for both.

Two queues a job passes: its lane's (held by the item's workflow) and ``agents`` (held by each
attempt), because DBOS has no cap across queues. Both limits live in the database, so they hold over
restarts. The application version is a constant: with DBOS's default, a hash of the code, an upgrade
would strand the rows of the old one and their slots (docs/adr/0004-execution-engine.md).
"""

import json
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID

from darkfactory.engine.protocol import Job, Next, Work
from darkfactory.errors import NotReady

FLOW = "flow-1"  # raised only when the order of steps in a workflow changes
_APPLICATION = "darkfactory"
_AGENTS = "agents"
_AGENTS_POLL_SECONDS = 0.1  # how long a freed slot stays empty, at most
_POLL_SECONDS = 0.25  # everything else; each poll is a query
_MAX_RECOVERIES = 1000
_LIVE = ["PENDING", "ENQUEUED", "DELAYED"]


class EngineBroken(NotReady):
    """The engine's database cannot be used."""

    code = "engine.broken"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"the engine's database {where} cannot be used: {why}",
            fix="delete it: it can be rebuilt, the record is in streams/ and hub.git",
        )


class _Json(Serializer):
    """Plain JSON: rows can be read by people and never run code when they are loaded."""

    def serialize(self, data: Any) -> str:
        # DBOS keeps exceptions of a workflow through here too: their words are enough for people.
        return json.dumps(data, default=repr)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "df_json"


_work: Work | None = None


@DBOS.step(name="attempt")
async def _attempt_step(job: dict[str, Any], number: int) -> str:
    if _work is None:
        raise RuntimeError("the engine runs attempts only between start and stop")
    return await _work.attempt(Job(**job), number)


@DBOS.workflow(name="attempt", max_recovery_attempts=_MAX_RECOVERIES)
async def _attempt_workflow(job: dict[str, Any], number: int) -> str:
    return await _attempt_step(job, number)


@DBOS.workflow(name="item", max_recovery_attempts=_MAX_RECOVERIES)
async def _item_workflow(job: dict[str, Any]) -> str:
    number = 0
    following: str = Next.AGAIN
    while following == Next.AGAIN:
        number += 1
        with (
            SetWorkflowID(f"{DBOS.workflow_id}.a{number}"),
            SetEnqueueOptions(priority=max(1, job["rank"])),
        ):
            child = await DBOS.enqueue_workflow_async(_AGENTS, _attempt_workflow, job, number)
        following = await child.get_result(polling_interval_sec=_POLL_SECONDS)
    return following


class DbosEngine:
    """One engine of this process; DBOS allows one at a time.

    Args:
        url: ``sqlite:///PATH`` or a PostgreSQL URL.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def start(self, work: Work, lanes: Mapping[str, int], cap: int) -> None:
        """Take up unfinished jobs and begin to work; see :class:`Engine`.

        Raises:
            EngineBroken: If the database cannot be opened.
        """
        global _work  # noqa: PLW0603 - DBOS finds workflows by module-level name
        _work = work
        _use_wal(self._url)
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(config=self._config())
        limits = {_AGENTS: cap} | {_lane_queue(name): count for name, count in lanes.items()}
        self._set_limits(limits)
        DBOS.launch()

    def enqueue(self, job: Job) -> bool:
        if DBOS.get_workflow_status(job.id) is not None:
            return False
        body = {
            "key": job.key,
            "lane": job.lane,
            "rank": job.rank,
            "generation": job.generation,
        }
        with SetWorkflowID(job.id), SetEnqueueOptions(priority=max(1, job.rank)):
            DBOS.enqueue_workflow(_lane_queue(job.lane), _item_workflow, body)
        return True

    def active(self) -> frozenset[str]:
        rows = DBOS.list_workflows(name="item", status=_LIVE, load_input=False, load_output=False)
        return frozenset(row.workflow_id for row in rows)

    def generation(self, key: str) -> int:
        rows = DBOS.list_workflows(
            name="item",
            workflow_id_prefix=f"item:{key}:g",
            load_input=False,
            load_output=False,
        )
        return max((int(row.workflow_id.rpartition(":g")[2]) for row in rows), default=0)

    def cancel(self, job_ids: frozenset[str]) -> None:
        for job in job_ids:
            DBOS.cancel_workflow(job, cancel_children=True)

    def stop(self) -> None:
        global _work  # noqa: PLW0603 - as in start
        DBOS.destroy(workflow_completion_timeout_sec=0)
        _work = None

    def _config(self) -> DBOSConfig:
        return {
            "name": _APPLICATION,
            "system_database_url": self._url,
            "application_version": FLOW,
            "executor_id": "local",
            "serializer": _Json(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": _POLL_SECONDS,
        }

    def _set_limits(self, limits: Mapping[str, int]) -> None:
        """Write the caps before launch: queues that are known then are listened to at once."""
        DBOS.migrate(system_database_url=self._url)
        client = DBOSClient(system_database_url=self._url, serializer=_Json())
        try:
            for name, count in limits.items():
                client.register_queue(
                    name,
                    global_concurrency=count,
                    polling_interval_sec=_poll_of(name),
                    application_name=_APPLICATION,
                )
        finally:
            client.destroy()


def _poll_of(queue: str) -> float:
    return _AGENTS_POLL_SECONDS if queue == _AGENTS else _POLL_SECONDS


def _lane_queue(lane: str) -> str:
    return f"lane-{lane}"


def _use_wal(url: str) -> None:
    """Switch a SQLite file to write-ahead logging, which DBOS leaves to its user: 7 to 11 times."""
    path = url.removeprefix("sqlite:///")
    if path == url:
        return
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise EngineBroken(path, str(error)) from error
