"""Ask a repository for its names and objects, of a git process that stays for the next question.

Starting a git process costs milliseconds, a question to one that runs microseconds. It looks each
name and object up when it is asked, so it sees what other programs have written since. Only for
the hub and the user's own repository, as any git of ours (``docs/adr/0003``).
"""

import atexit
import contextlib
import os
import re
import select
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from darkfactory.gitio import complaint, failure, start

COMMAND = ("cat-file", "--batch-command")
"""What the process is called with; it takes no lock."""

_SECONDS = 300
_MOST_RUNNING = 4
_REQUEST_BYTES = 4096  # far below what pipes hold, so that nobody waits to write while we do
_CHUNK_BYTES = 1 << 16
_LARGEST_COMMIT_BYTES = 1 << 16
_NEAR = 32
_MOST_AT_ONCE = 64
_COMMIT = re.compile(
    rb"tree ([0-9a-f]+)\n((?:parent [0-9a-f]+\n)*)author ([^<>\n]*)<[^<>\n]*> \d+ [+-]\d{4}\n"
)
_T = TypeVar("_T")


class Found(NamedTuple):
    """What an object is."""

    id: str
    kind: str
    size: int


class Commit(NamedTuple):
    """One commit as it is stored; *author* is only a name."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: str


class Objects:
    """The names and objects of one repository. Safe to use from many threads.

    The process starts with the first question, and anew with the next one if it died. It ends with
    ours, or when enough others have been asked since.

    Args:
        place: What tells git where the repository is (``--git-dir=…``).
    """

    def __init__(self, *place: str) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def find(self, revision: str) -> Found | None:
        """Return the object that *revision* names now, None if it names none.

        Raises:
            GitFailed: If the repository cannot be read.
            GitMissing: If there is no git program.
            DiskFull: If it died for lack of room.
        """
        return self.find_all([revision])[0]

    def find_all(self, revisions: Sequence[str]) -> list[Found | None]:
        """Return what :meth:`find` does for each of *revisions*."""
        found: list[Found | None] = []
        for portion in _portions(revisions):
            names = [name for name in portion if name]
            request = b"".join(b"info " + name + b"\n" for name in names)
            answers = iter(self._ask(request, partial(_Child.lines, number=len(names))))
            found += [_found(next(answers)) if name else None for name in portion]
        return found

    def content(self, object_id: str, most_bytes: int) -> bytes | None:
        """Return the content of an object; None if it is not here or has more than *most_bytes*.

        Raises:
            GitFailed: If the repository cannot be read.
        """
        ((name,),) = _portions([object_id])
        if not name:
            return None
        request = b"contents " + name + b"\n"
        with contextlib.suppress(_TooLarge):
            return self._ask(request, partial(_Child.content, most_bytes=most_bytes))
        return None

    def commit(self, commit_id: str) -> Commit | None:
        """Return the commit called *commit_id*; None if it is not here or out of the ordinary.

        Raises:
            GitFailed: If the repository cannot be read.
        """
        content = self.content(commit_id, _LARGEST_COMMIT_BYTES) or b""
        header, _, _ = content.partition(b"\n\n")
        match = _COMMIT.match(header)
        if match is None or b"\nencoding " in header:
            return None
        parents = tuple(match[2].decode().replace("parent ", "").split())
        author = match[3].strip().decode("utf-8", "replace")
        return Commit(commit_id, match[1].decode(), parents, author)

    def line_to(self, ancestor: str, head: str) -> list[Commit] | None:
        """Return the commits from *head* back to *ancestor*, both included; given are their ids.

        Only first parents are followed, and not far: None means that this has not led there.

        Raises:
            GitFailed: If the repository cannot be read.
        """
        passed: list[Commit] = []
        at = head
        while len(passed) < _NEAR:
            commit = self.commit(at)
            if commit is None:
                return None
            passed.append(commit)
            if at == ancestor:
                return passed
            if not commit.parents:
                return None
            at = commit.parents[0]
        return None

    def close(self) -> None:
        """End the process, if it is not being asked right now; the next question starts another."""
        if self._lock.acquire(blocking=False):
            try:
                child, self._child = self._child, None
                if child is not None:
                    self._end(child)
            finally:
                self._lock.release()

    def _ask(self, request: bytes, read: "Callable[[_Child], _T]") -> _T:
        with self._lock:
            if self._child is not None:
                with contextlib.suppress(_Ended):
                    return self._exchange(self._child, request, read)
            try:
                return self._exchange(self._begin(), request, read)
            except _Ended as ended:
                command = (*self._place, *COMMAND)
                raise failure(command, None, ended.status, ended.said) from ended

    def _exchange(self, child: "_Child", request: bytes, read: "Callable[[_Child], _T]") -> _T:
        self._child = None  # one that is interrupted has an answer left that belongs to no question
        try:
            child.send(request)
            answer = read(child)
            self._child = child
        finally:
            if self._child is None:
                self._end(child)
        return answer

    def _begin(self) -> "_Child":
        _running[self] = None
        for other in list(_running)[:-_MOST_RUNNING]:
            other.close()
        return _Child(self._place)

    def _end(self, child: "_Child") -> None:
        _running.pop(self, None)
        child.end()


class _Ended(Exception):
    """The process is gone, or says nothing any more."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


class _TooLarge(Exception):
    """An object has more bytes than are wanted; they are not read."""


class _Child:
    """The process, and what it has said that is not yet read."""

    def __init__(self, place: Sequence[str]) -> None:
        with contextlib.ExitStack() as unless_started:
            self._errors = unless_started.enter_context(tempfile.TemporaryFile())
            self._process = start(*place, *COMMAND, errors=self._errors, stdin=subprocess.PIPE)
            unless_started.pop_all()
        assert self._process.stdin is not None  # noqa: S101 - Popen was given pipes
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin, self._process.stdout
        self._said = bytearray()

    def send(self, request: bytes) -> None:
        try:
            self._in.write(request)
            self._in.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def lines(self, number: int) -> list[bytes]:
        return [self.line() for _ in range(number)]

    def line(self) -> bytes:
        while (end := self._said.find(b"\n")) < 0:
            self._hear()
        line = bytes(self._said[:end])
        del self._said[: end + 1]
        return line

    def content(self, most_bytes: int) -> bytes | None:
        found = _found(self.line())
        if found is None:
            return None
        if found.size > most_bytes:
            raise _TooLarge
        while len(self._said) <= found.size:
            self._hear()
        content = bytes(self._said[: found.size])
        del self._said[: found.size + 1]
        return content

    def end(self) -> int:
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        self._out.close()
        self._errors.close()
        self._process.kill()  # it only reads
        return self._process.wait()

    def _hear(self) -> None:
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        heard = poll.poll(_SECONDS * 1000) and os.read(self._out.fileno(), _CHUNK_BYTES)
        if not heard:
            raise self._ended()
        self._said += heard

    def _ended(self) -> _Ended:
        said = complaint(self._errors)
        return _Ended(self.end(), said)


def _found(line: bytes) -> Found | None:
    fields = line.split(b" ")
    if len(fields) != 3 or not fields[2].isdigit():  # noqa: PLR2004 - id, kind and size
        return None  # "<name> missing", "<name> ambiguous"
    return Found(fields[0].decode(), fields[1].decode(), int(fields[2]))


def _portions(revisions: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield *revisions* as git reads them, b"" for what cannot be a name, few at a time."""
    portion: list[bytes] = []
    for revision in revisions:
        name = os.fsencode(revision)
        fits = len(name) < _REQUEST_BYTES and b"\n" not in name and b"\0" not in name
        portion.append(name if fits else b"")
        if sum(map(len, portion)) > _REQUEST_BYTES or len(portion) == _MOST_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


_known: dict[tuple[int, tuple[str, ...]], Objects] = {}
_running: dict[Objects, None] = {}
"""Those with a process, the one that started last at the end."""


def objects_of(*place: str) -> Objects:
    """Return the one :class:`Objects` of this process for the repository at *place*."""
    return _known.setdefault((os.getpid(), place), Objects(*place))


@atexit.register
def _close_all() -> None:
    for each in list(_running):
        each.close()
