"""The session host: one small process that owns one agent and outlives ``df run``.

``python -m darkfactory.sessions.host FOLDER``. It holds the folder's lock, so a session never runs
twice; it writes the session's stream, obeys its control stream, ends the agent at its limits and
leaves nothing of it alive; last it puts the agent's work under a ref of the hub and says how the
session ended. If it is killed, whoever comes next finds host.json without exit.json and does the
rest (:mod:`darkfactory.sessions.recover`).
"""

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import sys
from typing import Any

from darkfactory.agents.registry import adapter
from darkfactory.clock import SystemClock
from darkfactory.errors import FactoryError
from darkfactory.events.stream import Stream, Writer
from darkfactory.files import write_json
from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import become_subreaper
from darkfactory.sessions.agent_process import AgentProcess
from darkfactory.sessions.dialogue import Dialogue
from darkfactory.sessions.ending import finish_session
from darkfactory.sessions.inbox import Inbox
from darkfactory.sessions.redact import Redactor
from darkfactory.sessions.spec import (
    HOST_FILE,
    LOCK_FILE,
    RAW_FILE,
    SOCKET_FILE,
    SessionSpec,
    load_end,
    load_spec,
    marker_of,
    spec_view,
)
from darkfactory.sessions.supervisor import Supervisor

BUSY = 75
_TICK_SECONDS = 0.25
_BUSY_TICK_SECONDS = 0.05
_FLUSH_SECONDS = 0.1
_DRAIN_SECONDS = 1.0


class Host:
    """One run of one session, from the agent's start to the session's end."""

    def __init__(self, folder: str, spec: SessionSpec) -> None:
        self._folder = folder
        self._spec = spec
        self._clock = SystemClock()
        self._log = Stream(spec.streams, f"s/{spec.session}")
        self._writer = _writer(spec, self._log)
        control = Stream(spec.streams, f"s/{spec.session}/control")
        self._inbox = Inbox(control, self._log, self._writer)
        self._redactor = Redactor({name: os.environ.get(name, "") for name in spec.secret_names})
        self._raw = open(os.path.join(folder, RAW_FILE), "ab")  # noqa: SIM115 - closed by run
        self._selector = selectors.DefaultSelector()
        self._flushed_at = self._clock.monotonic()
        self._gone_at: float | None = None
        self._told_to_stop: str | None = None

    def run(self) -> None:
        """Run the session to its end.

        Raises:
            DiskFull: If the log cannot be written; the agent is ended first.
        """
        self._announce()
        self._listen()
        self._start_agent()
        try:
            self._dialogue.open()
            while not self._over():
                self._turn_the_crank()
        finally:
            orphans = self._agent.kill_all()
            self._agent.close()
            self._raw.close()
        agent = self._agent
        self._dialogue.ended(agent.exit_code, agent.signal)
        ending = self._supervisor.final(agent.exit_code, agent.signal)
        finish_session(
            self._folder,
            self._spec,
            self._writer,
            ending,
            dialogue=self._dialogue,
            agent=agent,
            orphans=orphans,
        )

    def _announce(self) -> None:
        spec = self._spec
        data: dict[str, Any] = {
            "item": spec.item,
            "title": spec.title,
            "lane": spec.lane,
            "attempt": spec.attempt,
            "kind": spec.kind,
            "model": spec.model,
            "version": spec.version,
            "autonomy": spec.autonomy,
            "confined": spec.confined,
            "confinement": dict(spec.confinement),
            "workspace": spec.workspace,
            "workspace_seconds": spec.workspace_seconds,
            "base": spec.base,
            "skills": [dict(skill) for skill in spec.skills],
            "mcp": list(spec.mcp),
            "budget": {"tokens": spec.tokens, "usd": spec.usd, "turns": spec.turns},
        }
        factory = Stream(spec.streams, "factory")
        for writer in (self._writer, _writer(spec, factory)):
            writer.write("session.started", data, agent=spec.agent, durable=True)
        factory.close()
        for skill in spec.skills:
            self._writer.write("skill.injected", dict(skill), agent=spec.agent)

    def _listen(self) -> None:
        """Be woken by signals, and through a socket when the control stream has grown."""
        wake = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        wake.setblocking(False)
        here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
        os.chdir(self._folder)  # a bound path may have 107 bytes at most; a relative one fits
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(SOCKET_FILE)
            wake.bind(SOCKET_FILE)
            os.chmod(SOCKET_FILE, 0o600)
        finally:
            os.fchdir(here)
            os.close(here)
        signals, self._signal_end = socket.socketpair()
        for end in (signals, self._signal_end):
            end.setblocking(False)
        signal.set_wakeup_fd(self._signal_end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._told)
        self._selector.register(wake, selectors.EVENT_READ, _drain)
        self._selector.register(signals, selectors.EVENT_READ, _drain)

    def _start_agent(self) -> None:
        spec = self._spec
        conversation = adapter(spec.kind).converse(spec_view(spec))
        self._agent = AgentProcess(
            spec.argv,
            cwd=spec.workspace,
            marker=marker_of(self._folder),
            wrapped=spec.confinement.get("files") == "bubblewrap",
            hear=self._hear,
        )
        _write_host_file(self._folder, spec, self._agent.pid)
        self._dialogue = Dialogue(
            spec, conversation, self._writer, redactor=self._redactor, write=self._agent.write
        )
        now = self._clock.monotonic()
        self._supervisor = Supervisor(spec, self._dialogue, self._agent, self._writer, now=now)
        for pipe, read in (
            (self._agent.stdout, self._agent.read_stdout),
            (self._agent.stderr, self._agent.read_stderr),
        ):
            self._selector.register(pipe, selectors.EVENT_READ, _until_closed(self._selector, read))

    def _turn_the_crank(self) -> None:
        """Wait for whatever comes first, take it, then see what is due."""
        busy = bool(self._dialogue.open_calls) or self._agent.wants_to_write
        for key, _ in self._selector.select(_BUSY_TICK_SECONDS if busy else _TICK_SECONDS):
            key.data(key.fileobj)
        self._agent.push()
        self._agent.reap()
        now = self._clock.monotonic()
        for message in self._inbox.take():
            self._supervisor.obey(message, now)
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

    def _hear(self, line: bytes) -> None:
        self._supervisor.heard(self._clock.monotonic())
        line = self._redactor.line(line)
        self._raw.write(line + b"\n")
        was_in_turn = self._dialogue.in_turn
        self._dialogue.hear(line)
        if self._dialogue.in_turn and not was_in_turn:
            self._agent.turn_began()

    def _told(self, number: int, _frame: object) -> None:
        self._told_to_stop = f"the session host got {signal.Signals(number).name}"

    def _over(self) -> bool:
        """Whether the agent is gone and its last words are read (or nobody closes the pipe)."""
        if self._gone_at is None:
            return False
        if self._agent.stdout.fileno() not in self._selector.get_map():
            return True
        return self._clock.monotonic() - self._gone_at > _DRAIN_SECONDS


def _writer(spec: SessionSpec, stream: Stream) -> Writer:
    return Writer(stream, producer=f"host:{spec.session}", epoch=spec.epoch, session=spec.session)


def _drain(sock: Any) -> None:
    with contextlib.suppress(BlockingIOError):
        sock.recv(4096)


def _until_closed(selector: selectors.BaseSelector, read: Any) -> Any:
    def take(pipe: Any) -> None:
        if not read():
            selector.unregister(pipe)

    return take


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
    lock = os.open(os.path.join(folder, LOCK_FILE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return BUSY
    spec = load_spec(folder)
    if spec is None:
        sys.stderr.write(f"error: no spec.json in {folder}\n")
        return 2
    end = load_end(folder)
    if end is not None and end.epoch >= spec.epoch:
        return 0
    become_subreaper()
    _write_host_file(folder, spec, None)
    try:
        Host(folder, spec).run()
    except FactoryError as error:
        sys.stderr.write(f"error: {error.problem}\n  fix: {error.fix}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(host(sys.argv[1]))
