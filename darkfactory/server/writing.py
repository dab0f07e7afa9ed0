"""PUT and POST of a stream: create, append, close (protocol 5.1 to 5.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from darkfactory.clock import Clock
from darkfactory.server import asked, pieces
from darkfactory.server.asked import Headers
from darkfactory.server.commit import Commits
from darkfactory.server.http import Send, answer
from darkfactory.server.ingress import Posted, holds_events, taken_in
from darkfactory.server.log import Log
from darkfactory.server.paths import FACTORY, controlled, is_record
from darkfactory.server.producers import Answer, Life, Mark, judge
from darkfactory.server.reading import CLOSED, next_offset
from darkfactory.server.refused import BadRequest, Conflict, Fields, Protected, Zombie
from darkfactory.server.store import Store

OK, CREATED, NO_CONTENT = 200, 201, 204


@dataclass(frozen=True, slots=True)
class Writing:
    """The writing half of the protocol over one store.

    Args:
        deliver: Called in a thread with a session that has got a control message.
        heard: Called with a stream to which somebody has appended so many bytes.
        is_hosted: Tells of a session whether a host of this factory runs it, or did.
    """

    store: Store
    commits: Commits
    clock: Clock
    deliver: Callable[[str], None]
    heard: Callable[[Log, int], None]
    is_hosted: Callable[[str], bool]

    async def put(self, path: str, url: str, headers: Headers, body: bytes, send: Send) -> None:
        """Create a stream, or see that it is as it should be.

        Raises:
            Refused: If it cannot be so.
            DiskFull: If there is no room for it.
        """
        if body and is_record(path):
            raise BadRequest("a stream of the record begins empty; POST to it")
        type_, closed = asked.content_type(headers), asked.asks_to_close(headers)
        if body and type_ == asked.JSON:
            pieces.json_lines(body, may_be_empty=True)  # before anything is made
        log, new = self.store.create(
            path, type_, asked.lifetime(headers), closed=closed, fork=asked.fork(headers)
        )
        if new:
            data = pieces.stored(log.meta.content_type, body, may_be_empty=True)
            if data:
                log.append(data)
            if closed:
                log.close_stream(None)
        fields: Fields = [(b"content-type", log.meta.content_type.encode()), next_offset(log)]
        if log.meta.closed:
            fields.append(CLOSED)
        if new:
            fields.append((b"location", url.encode()))
        await self.commits.kept(log)
        await answer(send, CREATED if new else OK, fields)

    async def post(self, path: str, headers: Headers, body: bytes, send: Send, *, by: str) -> None:
        """Append, close, or both in one step.

        Args:
            by: Who posts, for the streams of the factory that say so.

        Raises:
            Refused: If that cannot be.
            DiskFull: If there is no room for it.
        """
        mark, close = asked.mark(headers), asked.asks_to_close(headers)
        if path == FACTORY or (close and is_record(path)):
            raise Protected
        log = self.store.record(path) if is_record(path) else self.store.find(path)
        if log.meta.closed:
            fields = _answer_of_closed(log, mark, only_close=close and not body)
            await answer(send, NO_CONTENT, fields)
            return
        posted = _checked(log, headers, body, close=close)
        seq = headers.get("stream-seq")
        duplicate, data, tail = mark is not None and _is_duplicate(log, mark), b"", None
        if not duplicate:
            _must_follow(log, seq)
            data = self._stored(path, posted, by, mark)
            if data or mark is not None:  # a close without data has its number, too
                tail = log.append(data, mark=mark, seq=seq)
                self.heard(log, len(data))
        if close:  # of a duplicate, too: the server may have died between the two
            log.close_stream(mark)
        await self.commits.kept(log, data)
        if (session := controlled(path)) is not None:
            await run_in_threadpool(self.deliver, session)
        fresh = data and mark is not None
        await answer(send, OK if fresh else NO_CONTENT, _fields(log, mark, tail))

    def _stored(self, path: str, posted: bytes | Posted, by: str, mark: Mark | None) -> bytes:
        """Return what :func:`_checked` gave, as it is stored."""
        if isinstance(posted, bytes):
            return posted
        return taken_in(path, posted, by=by, mark=mark, clock=self.clock, is_hosted=self.is_hosted)


def _answer_of_closed(log: Log, mark: Mark | None, *, only_close: bool) -> Fields:
    """Return what to answer to a POST to a closed stream.

    Raises:
        Conflict: Unless it is the one that closed it, or wants no more than that.
    """
    again = mark is not None and mark == log.meta.closed_by
    if again or (only_close and (mark is None or log.meta.closed_by is None)):
        return _fields(log, mark if again else None)
    raise Conflict("the stream is closed", [next_offset(log), CLOSED])


def _checked(log: Log, headers: Headers, body: bytes, *, close: bool) -> bytes | Posted:
    """Return what to store of *body*, or the messages in it if those are to become events."""
    if not body:
        if close:
            return b""
        raise BadRequest("an append has a body")
    type_ = asked.content_type(headers)
    if type_ is None:
        raise BadRequest("an append names its Content-Type")
    if type_ != log.meta.content_type:
        raise Conflict(f"the stream is {log.meta.content_type}")
    return Posted.of(body) if holds_events(log.path) else pieces.stored(type_, body)


def _is_duplicate(log: Log, mark: Mark) -> bool:
    """Tell whether the append named *mark* was made already (5.2.1).

    Raises:
        Refused: If it may not be made.
    """
    life = log.writers.life(mark.producer)
    known = life or Life(mark.epoch, -1)
    match judge(life, mark):
        case Answer.NEW:
            return False
        case Answer.DUPLICATE:
            return True
        case Answer.ZOMBIE:
            raise Zombie(known.epoch)
        case Answer.BAD_START:
            raise BadRequest("a new epoch begins with number 0")
        case Answer.GAP:
            expected = (b"producer-expected-seq", b"%d" % (known.seq + 1))
            received = (b"producer-received-seq", b"%d" % mark.seq)
            raise Conflict("numbers are missing", [expected, received])


def _must_follow(log: Log, seq: str | None) -> None:
    if seq is not None and log.writers.seq is not None and seq <= log.writers.seq:
        raise Conflict("Stream-Seq is not behind the last one")


def _fields(log: Log, mark: Mark | None, tail: int | None = None) -> Fields:
    """Return what to tell of *log*: where the next append goes is behind our own, at *tail*."""
    fields = [next_offset(log, tail)]
    if log.meta.closed:
        fields.append(CLOSED)
    if mark is not None:
        life = log.writers.life(mark.producer) or Life(mark.epoch, mark.seq)
        fields.append((b"producer-epoch", b"%d" % life.epoch))
        fields.append((b"producer-seq", b"%d" % life.seq))
    return fields
