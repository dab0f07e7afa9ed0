"""All streams of one factory, as the server has them: create, find, fork, expire, delete."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from darkfactory.clock import Clock
from darkfactory.events.offset import BadOffset, parse_offset
from darkfactory.events.stream import stream_file
from darkfactory.server.asked import BYTES, JSON, ForkAsked, Lifetime, seconds_of
from darkfactory.server.census import MOST_OWN, Census
from darkfactory.server.log import Log
from darkfactory.server.meta import ForkedFrom, Meta, load_meta
from darkfactory.server.paths import attended, controlled, is_record
from darkfactory.server.refused import BadRequest, Conflict, Gone, Missing, Protected

_META = ".meta.json"
_TOUCH_SECONDS = 0.2
_SWEEP_SECONDS = 60.0


class Store:
    """The streams below one folder. All calls come from the event loop's thread.

    Args:
        most_open: How many streams may have open files at a time.
        most_own: How many there may be outside of the record.
    """

    def __init__(
        self, root: Path, clock: Clock, *, most_open: int, most_own: int = MOST_OWN
    ) -> None:
        self._root = root
        self._clock = clock
        self._most_open = most_open
        self._logs: dict[str, Log] = {}
        self._recent: dict[str, Log] = {}
        self._forks: dict[str, set[str]] = {}
        self._census = Census(most_own)
        self._swept_at = 0.0
        for path, meta in self._metas():
            self._census.born(path)
            if meta.fork is not None:
                self._forks.setdefault(meta.fork.path, set()).add(path)

    def find(self, path: str, *, use: bool = True) -> Log:
        """Return the stream *path*.

        Args:
            use: Whether this keeps a stream alive that lives as long as it is used.

        Raises:
            BadStreamPath: If no stream can have that name.
            Missing: If there is none, or it has expired.
            Gone: If it was deleted and its forks still need it.
        """
        log = self._open(path)
        if log is None and self._is_part(path):
            log, _ = self.create(path, JSON, Lifetime(), closed=False, fork=None)
        if log is None:
            raise Missing
        if log.meta.deleted:
            raise Gone
        if use:
            self._touch(log)
        return log

    def create(
        self,
        path: str,
        content_type: str | None,
        lifetime: Lifetime,
        *,
        closed: bool,
        fork: ForkAsked | None,
    ) -> tuple[Log, bool]:
        """Return the stream *path* and whether it is new.

        Raises:
            BadRequest: If the fork's place is none.
            BadStreamPath: If no stream can have that name.
            Conflict: If it exists and differs, or the source cannot be forked so.
            Missing: If there is no such source.
            TooMany: If there are too many.
            DiskFull: If it cannot be written down.
        """
        if is_record(path) and (lifetime or closed or content_type not in (None, JSON)):
            raise Conflict("it is part of the record: JSON, open, for ever")
        source, wanted = None, Meta(content_type or BYTES, "", lifetime)
        if fork is not None:
            source, wanted = self._forked(path, fork, content_type, lifetime)
        known = self._open(path)
        if known is not None:
            self._must_match(known, wanted, closed=closed)
            self._touch(known)
            return known, False
        self._make_place(path)
        meta = Meta(
            wanted.content_type,
            secrets.token_hex(6),
            wanted.lifetime,
            closed=False,
            fork=wanted.fork,
        )
        log = Log(path, self._file(path), meta, source)
        log.used_at = self._clock.now()
        os.makedirs(os.path.dirname(self._file(path)), mode=0o700, exist_ok=True)
        log.keep(meta)
        self._census.born(path)
        if meta.fork is not None:
            self._forks.setdefault(meta.fork.path, set()).add(path)
        self._admit(log)
        self._make_room(log)
        return log, True

    def record(self, path: str) -> Log:
        """Return one of the factory's own streams, which begins with its first event.

        Raises:
            BadStreamPath: If no stream can have that name.
            DiskFull: If it cannot be written down.
        """
        try:
            return self.find(path)
        except Missing:
            return self.create(path, JSON, Lifetime(), closed=False, fork=None)[0]

    def records(self, *, ending: str) -> list[str]:
        """Return the factory's own streams of sessions whose names end with *ending*."""
        files = self._root.glob(f"s/*{ending}.jsonl")
        return sorted(file.relative_to(self._root).as_posix()[: -len(".jsonl")] for file in files)

    def delete(self, path: str) -> None:
        """Delete the stream *path*; what forks of it still need stays until they are gone.

        Raises:
            Missing: If there is none.
            Gone: If it is deleted already.
            Protected: If it is part of the record.
        """
        if is_record(path):
            raise Protected
        self._remove(self.find(path, use=False))

    def awaited(self) -> list[Log]:
        """Return the streams that somebody waits for."""
        return [log for log in self._logs.values() if log.is_awaited]

    def close(self) -> None:
        """Close all files."""
        for log in self._logs.values():
            log.let_go()

    def _is_part(self, path: str) -> bool:
        """Tell whether *path* belongs to a session that has a log: it is there, empty or not."""
        session = controlled(path) or attended(path)
        return session is not None and self._open(f"s/{session}") is not None

    def _open(self, path: str) -> Log | None:
        """Return a stream that is there, deleted or not, but not expired."""
        log = self._logs.get(path)
        if log is None:
            file = self._file(path)
            meta = load_meta(file + _META)
            if meta is None:
                if not os.path.exists(file + ".jsonl"):
                    return None
                meta = Meta(incarnation=f"{os.stat(file + '.jsonl').st_ino:x}")
            source = self._open(meta.fork.path) if meta.fork else None
            log = Log(path, file, meta, source)
            with contextlib.suppress(FileNotFoundError):
                log.used_at = os.stat(file + _META).st_mtime
            self._admit(log)
        if self._has_expired(log) and not log.meta.deleted:
            self._remove(log)
            return self._logs.get(path)
        self._make_room(log)
        return log

    def _make_place(self, path: str) -> None:
        """See that there may be a stream *path* more; what has expired since makes room."""
        now = self._clock.now()
        if not self._census.has_room(path) and now - self._swept_at > _SWEEP_SECONDS:
            self._swept_at = now  # not each time: it reads as many files
            for known in [name for name, meta in self._metas() if meta.lifetime]:
                self._open(known)
        self._census.check(path)

    def _admit(self, log: Log) -> None:
        self._logs[log.path] = log
        if not log.used_at:
            log.used_at = self._clock.now()

    def _make_room(self, log: Log) -> None:
        """Let the stream that was used longest ago close its files, if too many have theirs open.

        Whoever follows a stream opens it again: that is as many as there are connections.
        """
        self._recent.pop(log.path, None)
        self._recent[log.path] = log
        if len(self._recent) > self._most_open:
            self._recent.pop(next(iter(self._recent))).let_go()

    def _touch(self, log: Log) -> None:
        now = self._clock.now()
        if log.meta.lifetime.ttl is not None and now - log.used_at > _TOUCH_SECONDS:
            os.utime(self._file(log.path) + _META, (now, now))
        log.used_at = now

    def _has_expired(self, log: Log) -> bool:
        lifetime, now = log.meta.lifetime, self._clock.now()
        if lifetime.ttl is not None:
            return now > log.used_at + lifetime.ttl
        return lifetime.expires_at is not None and now > seconds_of(lifetime.expires_at)

    def _forked(
        self, path: str, fork: ForkAsked, content_type: str | None, lifetime: Lifetime
    ) -> tuple[Log, Meta]:
        """Return the stream to fork and what the fork is to be."""
        try:
            log = self.find(fork.source, use=False)
        except Gone as error:
            raise Conflict("its source was deleted") from error
        if content_type not in (None, log.meta.content_type):
            raise Conflict(f"its source is {log.meta.content_type}")
        tail = log.tail()
        known = self._open(path)
        usual = known.meta.fork.offset if known is not None and known.meta.fork else tail
        offset = usual if fork.offset is None else _offset(fork.offset, tail)
        if offset > tail or not log.is_boundary(offset):
            raise BadRequest("Stream-Fork-Offset is no offset of the source")
        base = log.behind(offset, fork.sub)
        if base is None:
            raise BadRequest("Stream-Fork-Sub-Offset lies behind the end of the source")
        meta = Meta(
            log.meta.content_type,
            "",
            lifetime or log.meta.lifetime,
            fork=ForkedFrom(fork.source, base, offset, fork.sub),
        )
        return log, meta

    def _must_match(self, known: Log, wanted: Meta, *, closed: bool) -> None:
        meta = known.meta
        if meta.deleted:
            raise Conflict("it was deleted, and forks of it live")
        if wanted.content_type != meta.content_type:
            raise Conflict(f"it is {meta.content_type}")
        if wanted.lifetime != meta.lifetime:
            raise Conflict("its lifetime is another one")
        if closed != meta.closed:
            raise Conflict("it is closed" if meta.closed else "it is open")
        if wanted.fork != meta.fork:
            raise Conflict("it was not forked so")

    def _remove(self, log: Log) -> None:
        log.gone = True
        log.wake()
        if self._forks.get(log.path):
            log.keep(replace(log.meta, deleted=True))
            return
        self._census.gone(log.path)
        self._logs.pop(log.path, None)
        self._recent.pop(log.path, None)
        log.let_go()
        for end in (_META, ".jsonl", ".bytes", ".writers"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._file(log.path) + end)
        if log.meta.fork is not None:
            self._forget_fork(log.path, log.meta.fork.path)

    def _forget_fork(self, path: str, source: str) -> None:
        """Note that a fork is gone; a deleted source goes with the last one."""
        forks = self._forks.get(source, set())
        forks.discard(path)
        log = self._open(source)
        if not forks and log is not None and log.meta.deleted:
            self._remove(log)

    def _file(self, path: str) -> str:
        return stream_file(self._root, path).removesuffix(".jsonl")

    def _metas(self) -> Iterator[tuple[str, Meta]]:
        for file in self._root.rglob("*" + _META):
            meta = load_meta(os.fspath(file))
            if meta is not None:
                yield file.relative_to(self._root).as_posix().removesuffix(_META), meta


def _offset(text: str, tail: int) -> int:
    try:
        return parse_offset(text, end=tail)
    except BadOffset as error:
        raise BadRequest(error.problem) from error
