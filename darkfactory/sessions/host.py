"""The session host: one small process that owns one agent and outlives ``df run``.

Started or forked by :mod:`darkfactory.sessions.start`, it holds the folder's lock, so a session
never runs twice; it writes the session's stream, obeys its control stream, ends the agent at its
limits and leaves nothing of it alive; last it puts the agent's work under a ref of the hub and says
how the session ended. If it is killed, whoever comes next finds host.json without exit.json and
does the rest (:mod:`darkfactory.sessions.recover`).
"""

import contextlib
import os
import signal
import sys
from typing import NoReturn

from darkfactory.agents.registry import adapter
from darkfactory.clock import SystemClock
from darkfactory.domain.lane import Autonomy, Loop, WaffleLimits
from darkfactory.domain.session import TurnEnd
from darkfactory.errors import DiskFull, FactoryError
from darkfactory.events.stream import Stream, Writer
from darkfactory.files import is_disk_full, write_json
from darkfactory.processes.dispositions import reset_signals
from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import become_subreaper
from darkfactory.sessions.agent_process import AgentProcess
from darkfactory.sessions.dialogue import Dialogue
from darkfactory.sessions.ending import Left, finish_session
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.inbox import Inbox
from darkfactory.sessions.looping import Looping
from darkfactory.sessions.redact import Redactor
from darkfactory.sessions.scored import ScoringWriter
from darkfactory.sessions.spec import (
    HOST_FILE,
    RAW_FILE,
    SessionSpec,
    load_end,
    load_spec,
    marker_of,
    spec_view,
    started_data,
)
from darkfactory.sessions.story import read_story
from darkfactory.sessions.supervisor import Supervisor
from darkfactory.sessions.waffling import Waffling
from darkfactory.sessions.wakeups import Wakeups

BUSY = 75
BUG = 70
_TICK_SECONDS = 0.25
_BUSY_TICK_SECONDS = 0.05
_FLUSH_SECONDS = 0.1
_DRAIN_SECONDS = 1.0
_COMPLAINT = 2000


class Host:
    """One run of one session, from the agent's start to the session's end."""

    def __init__(self, folder: str, spec: SessionSpec) -> None:
        self._folder = folder
        self._spec = spec
        self._clock = SystemClock()
        self._log = Stream(spec.streams, f"s/{spec.session}")
        self._writer = ScoringWriter(
            self._log,
            producer=f"host:{spec.session}",
            epoch=spec.epoch,
            session=spec.session,
            limits=WaffleLimits(**{**spec.waffle, "off": tuple(spec.waffle.get("off") or ())}),
        )
        self._factory = Writer(
            Stream(spec.streams, "factory"),
            producer=f"host:{spec.session}",
            epoch=spec.epoch,
            session=spec.session,
        )
        before = [event for _, event in self._log.read()] if spec.rules else []
        story = read_story(self._log.read())
        self._inbox = Inbox(
            Stream(spec.streams, f"s/{spec.session}/control"),
            self._writer,
            taken=story.answered | story.controls.keys(),
        )
        self._redactor = Redactor({name: os.environ.get(name, "") for name in spec.secret_names})
        self._raw = open(os.path.join(folder, RAW_FILE), "ab")  # noqa: SIM115 - closed by run
        self._wakeups = Wakeups()
        now = self._flushed_at = self._clock.monotonic()
        self._gone_at: float | None = None
        self._told_to_stop: str | None = None
        self._agent = AgentProcess(
            marker=marker_of(folder),
            wrapped=spec.confinement.get("files") == "bubblewrap",
            hear=self._hear,
        )
        self._dialogue = Dialogue(
            spec,
            adapter(spec.kind).converse(spec_view(spec)),
            self._writer,
            redactor=self._redactor,
            write=self._agent.write,
            turns_before=story.turn or 0,
            before=before,
        )
        self._supervisor = Supervisor(
            spec,
            self._dialogue,
            self._agent,
            self._writer,
            now=now,
            unanswered={**story.unanswered, **story.approvals},
            waffling=Waffling(
                self._writer.scorer, autonomy=Autonomy(spec.autonomy), epoch=spec.epoch
            ),
            looping=Looping(Loop(**spec.loop), self._log, epoch=spec.epoch) if spec.loop else None,
        )

    def run(self) -> int:
        """Run the session to its end; return the exit status (70: we failed, the log says how).

        Raises:
            DiskFull: If the log cannot be written; the agent is ended first.
        """
        self._announce()
        self._wakeups.listen(self._folder, self._told)
        try:
            failure = self._work()
        finally:
            self._agent.kill_all()
            self._agent.close()
            with contextlib.suppress(OSError):  # all lines are in it, or its failure is on its way
                self._raw.close()
        self._conclude(failure)
        return 0 if failure is None else BUG

    def _work(self) -> str | None:
        """Let the agent work until it is gone; return what of ours failed, if anything did."""
        try:
            self._start_agent()
            self._dialogue.open()
            while not self._over():
                self._turn_the_crank()
            self._raw.flush()
        except DiskFull:
            raise
        except Exception as error:  # a session that crashes is an event, not a lost session
            if isinstance(error, OSError) and is_disk_full(error):
                raise DiskFull(self._folder) from error
            import traceback

            _complain(traceback.format_exc())
            return f"the session host failed: {type(error).__name__}: {error}"
        return None

    def _conclude(self, failure: str | None) -> None:
        """Say what was left open and how the session ended; the agent is gone."""
        agent, dialogue = self._agent, self._dialogue
        if failure is not None:
            self._supervisor.fail(failure)
        self._obey()
        said = agent.stderr_tail.decode("utf-8", "replace").strip()
        complaint = self._redactor.value(said)[-_COMPLAINT:]  # half a secret is not known as one
        ending = self._supervisor.final(agent.exit_code, agent.signal, complaint)
        if failure is None:
            dialogue.ended(agent.exit_code, agent.signal)
        else:
            dialogue.close()
        story = read_story(self._log.read())
        left = Left(
            exit_code=agent.exit_code,
            signal=agent.signal,
            orphans_killed=agent.orphans_killed,
            native=dialogue.native,
            last_words=dialogue.last_words,
            tokens=dialogue.used.tokens,
            cost_usd=dialogue.used.usd,
            complaint=complaint,
            waffle=story.waffle,
            risk=story.risk,
        )
        finish_session(
            self._folder, self._spec, ending, left, log=self._writer, factory=self._factory
        )
        self._inbox.expire("the session has ended")

    def _announce(self) -> None:
        spec = self._spec
        data = started_data(spec)
        self._writer.write("session.started", data, agent=spec.agent, durable=True)
        brief = {name: told for name, told in data.items() if name != "calibration"}
        self._factory.write("session.started", brief, agent=spec.agent, durable=True)
        for skill in spec.skills:
            told = {key: value for key, value in skill.items() if key != "files"}
            rules = [rule for rule in spec.enforced if rule["skill"] == skill["name"]]
            told |= {"enforced": rules} if rules else {}
            self._writer.write("skill.injected", told, agent=spec.agent)
        for each in data["withheld"]:
            self._writer.write("skill.withheld", each, agent=spec.agent)
        if spec.catalogue:
            self._writer.write("skill.catalog", dict(spec.catalogue), agent=spec.agent)
        for shadow in spec.shadows:
            self._writer.write("skill.shadowed", dict(shadow), agent=spec.agent)
        for text in spec.warnings:
            self._writer.write("warning", {"text": text}, agent=spec.agent)

    def _start_agent(self) -> None:
        agent = self._agent
        agent.start(self._spec.argv, cwd=self._spec.workspace)
        _write_host_file(self._folder, self._spec, agent.pid)
        self._wakeups.watch(agent.stdout, agent.read_stdout)
        self._wakeups.watch(agent.stderr, agent.read_stderr)

    def _turn_the_crank(self) -> None:
        """Wait for whatever comes first, take it, then see what is due."""
        busy = self._dialogue.holds_output or self._agent.wants_to_write
        self._wakeups.wait(_BUSY_TICK_SECONDS if busy else _TICK_SECONDS)
        self._agent.push()
        self._agent.reap()
        now = self._clock.monotonic()
        self._obey()
        self._writer.look()
        if self._told_to_stop:
            self._supervisor.stop(self._told_to_stop, now)
        if now - self._flushed_at >= _FLUSH_SECONDS:
            self._flushed_at = now
            self._dialogue.flush()
            self._raw.flush()
            self._log.sync()
        if self._agent.running:
            self._supervisor.look(now)
        else:
            self._gone_at = self._gone_at or now

    def _obey(self) -> None:
        for message in self._inbox.take():
            self._supervisor.obey(message, self._clock.monotonic())

    def _hear(self, line: bytes) -> None:
        self._supervisor.heard(self._clock.monotonic())
        line = self._redactor.line(line)
        self._raw.write(line + b"\n")
        was_in_turn = self._dialogue.in_turn
        self._dialogue.hear(line)
        if self._dialogue.in_turn and not was_in_turn:
            self._agent.turn_began()
        elif was_in_turn and self._dialogue.turn_end is TurnEnd.INTERRUPTED:
            self._agent.mark_strays()

    def _told(self, number: int) -> None:
        self._told_to_stop = f"the session host got {signal.Signals(number).name}"

    def _over(self) -> bool:
        """Whether the agent is gone and its last words are read (or nobody closes the pipe)."""
        if self._gone_at is None:
            return False
        if not self._wakeups.watches(self._agent.stdout):
            return True
        return self._clock.monotonic() - self._gone_at > _DRAIN_SECONDS


def _write_host_file(folder: str, spec: SessionSpec, agent: int | None) -> None:
    table = process_table()
    me = table.identify(os.getpid())
    child = table.identify(agent) if agent is not None else None
    body = {
        "pid": os.getpid(),
        "start": me.start if me else None,
        "boot": me.boot if me else None,
        "epoch": spec.epoch,
        "agent_pid": agent,
        "agent_start": child.start if child else None,
    }
    write_json(os.path.join(folder, HOST_FILE), body)


def host(folder: str) -> int:
    """Run the session in *folder*; return the exit status (75: another host has it)."""
    with host_lock(folder) as ours:
        if not ours:
            return BUSY
        spec = load_spec(folder)
        if spec is None:
            _complain(f"error: no spec.json in {folder}\n")
            return 2
        end = load_end(folder)
        if end is not None and end.epoch >= spec.epoch:
            return 0
        become_subreaper()
        try:
            _write_host_file(folder, spec, None)
            return Host(folder, spec).run()
        except FactoryError as error:
            _complain(f"error: {error.problem}\n  fix: {error.fix}\n")
            return error.exit_status


def _complain(text: str) -> None:
    """Put *text* into the host's own log, if that can be written."""
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), text.encode("utf-8", "backslashreplace"))


def run_host(folder: str) -> NoReturn:
    """Run the session in *folder* as what this process is for, and exit with :func:`host`'s status.

    What Python does at its end (modules taken apart, caches emptied) would only cost time.
    """
    reset_signals()
    status = host(folder)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(status)
