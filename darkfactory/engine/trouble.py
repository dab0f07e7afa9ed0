"""What a failure of the engine's database means: no room, no access, no server, or damage."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from darkfactory.engine.protocol import DATABASE_URL
from darkfactory.errors import DiskFull, NotReady
from darkfactory.files import has_room

_ROOM_BYTES = 64 << 20
_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in the low byte
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_MOMENT_SECONDS = 0.05


class EngineBroken(NotReady):
    """The engine's database is damaged."""

    code = "engine.broken"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"the engine's database {where} cannot be used: {why}",
            fix=f"delete it (rm {where}*): it is made anew from streams/ and hub.git",
        )


class EngineRefused(NotReady):
    """The engine's database is out of reach: no server, no permission, a disk that fails."""

    code = "engine.refused"


@contextmanager
def told(url: str) -> Iterator[None]:
    """Give a failure of the database at *url* its meaning.

    Raises:
        DiskFull: If there is no room to write.
        EngineBroken: If the database is damaged.
        EngineRefused: If it cannot be reached, read or written.
    """
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        raise meaning(error, url) from error


def meaning(error: "sqlite3.Error | DBAPIError", url: str) -> NotReady:
    """Return what *error* of the database at *url* means."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    path = sqlite_path(url)
    if path is None:
        parts = urlsplit(url)  # never the URL as a whole: it may hold a password
        return EngineRefused(
            f"the engine's database at {parts.hostname or parts.path} does not answer: {cause}",
            fix=f"see that it runs and that {DATABASE_URL} names it",
        )
    number = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY
    if number == sqlite3.SQLITE_FULL or not has_room(os.path.dirname(path), _ROOM_BYTES):
        return DiskFull(path)
    if number in _DAMAGE:
        return EngineBroken(path, str(cause))
    return EngineRefused(
        f"the engine's database {path} cannot be read or written: {cause}",
        fix="see what lies there, whose it is, and how its disk is (`df doctor`); while nothing "
        "runs it may be deleted",
    )


def prove_writable(url: str) -> None:
    """Write to the SQLite file of *url*: DBOS tries for ever where writes fail, and tells nobody.

    Raises:
        DiskFull: If there is no room to write.
        EngineBroken: If the database is damaged.
        EngineRefused: If it cannot be written.
    """
    path = sqlite_path(url)
    if path is None:
        return
    with told(url), closing(sqlite3.connect(path, timeout=_MOMENT_SECONDS)) as database:
        try:
            database.execute("PRAGMA synchronous=OFF")
            (number,) = database.execute("PRAGMA user_version").fetchone()
            database.execute(f"PRAGMA user_version={(number + 1) % (1 << 30)}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY:
                raise  # busy: somebody writes, so it can be written


def sqlite_path(url: str) -> str | None:
    """Return the file that *url* names; None for another kind of database."""
    path = url.removeprefix("sqlite:///")
    return None if path == url else path
