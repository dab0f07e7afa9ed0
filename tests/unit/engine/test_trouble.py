"""What the engine's database failed of decides what a person is told to do."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from darkfactory.engine.trouble import EngineBroken, EngineRefused, meaning, prove_writable, told
from darkfactory.errors import DiskFull, NotReady


def outgrow(database: sqlite3.Connection, _: Path) -> None:
    database.execute("PRAGMA max_page_count=2")
    database.executescript("CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x);")


def write_where_only_reading_is_allowed(database: sqlite3.Connection, _: Path) -> None:
    database.execute("PRAGMA query_only=ON")
    database.execute("CREATE TABLE a(x)")


def read_what_is_no_database(_: sqlite3.Connection, path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT * FROM sqlite_master")


def open_a_folder(_: sqlite3.Connection, path: Path) -> None:
    sqlite3.connect(path.parent)


@pytest.mark.parametrize(
    ("fail", "kind", "fix"),
    [
        (outgrow, DiskFull, "free some space"),
        (read_what_is_no_database, EngineBroken, "delete it"),
        (write_where_only_reading_is_allowed, EngineRefused, "whose it is"),
        (open_a_folder, EngineRefused, "what lies there"),
    ],
)
def test_each_failure_of_the_file_has_its_own_fix(
    tmp_path: Path,
    fail: Callable[[sqlite3.Connection, Path], None],
    kind: type[NotReady],
    fix: str,
) -> None:
    path = tmp_path / "engine.db"

    with (
        closing(sqlite3.connect(path)) as database,
        pytest.raises(kind) as caught,
        told(f"sqlite:///{path}"),
    ):
        fail(database, path)

    assert str(path) in caught.value.problem
    assert fix in caught.value.fix


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    error = OperationalError("SELECT 1", {}, Exception("connection refused"))

    found = meaning(error, "postgresql://ada:Zu4nXc8w@db.acme.dev:5432/df")

    assert isinstance(found, EngineRefused)
    assert "db.acme.dev does not answer: connection refused" in found.problem
    assert "Zu4nXc8w" not in f"{found.problem} {found.fix}"
    assert "delete" not in found.fix


def test_a_database_that_somebody_writes_to_counts_as_writable(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE a(x)")
        other.execute("BEGIN EXCLUSIVE")

        prove_writable(f"sqlite:///{path}")


def test_proving_changes_nothing_that_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE a(x)")
        database.execute("INSERT INTO a VALUES (7)")

    prove_writable(f"sqlite:///{path}")

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM a").fetchall() == [(7,)]
