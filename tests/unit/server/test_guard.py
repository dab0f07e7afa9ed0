"""Who gets in, and what a token may do."""

import pytest

from darkfactory.server.doors import LOCAL
from darkfactory.server.guard import (
    ForeignOrigin,
    Guard,
    NotGranted,
    NoToken,
    WrongHost,
    check_stream,
    origins_of,
)
from darkfactory.sessions.tokens import ALL, Grant, Scope, mint

HOSTS = LOCAL.hosts(8787)
COOKIE = "df_4711"
GUARD = Guard("secret", HOSTS, origins_of(HOSTS), COOKIE)
OURS = {"host": "127.0.0.1:8787"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8787", "localhost:8787", "LOCALHOST:8787", "[::1]:8787"]
)
def test_our_own_names_are_let_in(host: str) -> None:
    GUARD.check_place("POST", {"host": host})


@pytest.mark.parametrize(
    "host",
    ["", "127.0.0.1", "127.0.0.1:80", "localhost", "evil.example:8787",
     "127.0.0.1.evil.example:8787", "127.0.0.1:8787.evil",
     "localhost:8787@evil", "0:8787", "127.1:8787"],
)  # fmt: skip
def test_a_name_that_is_not_ours_to_the_letter_is_refused(host: str) -> None:
    with pytest.raises(WrongHost):
        GUARD.check_place("GET", {"host": host})


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:8787",
        "http://127.0.0.1:8788",
        "http://127.0.0.1:8787.evil",
    ],
)
def test_a_foreign_page_may_not_write_and_may_not_open_a_socket(origin: str) -> None:
    headers = {**OURS, "origin": origin}

    GUARD.check_place("GET", headers)
    for method, socket in (("POST", False), ("PUT", False), ("DELETE", False), ("GET", True)):
        with pytest.raises(ForeignOrigin):
            GUARD.check_place(method, headers, socket=socket)


def test_our_own_page_may() -> None:
    GUARD.check_place("POST", {**OURS, "origin": "http://localhost:8787"})


@pytest.mark.parametrize("said", ["", "Basic secret", "Bearer", "Bearer wrong", "secret"])
def test_nobody_gets_in_without_a_token(said: str) -> None:
    with pytest.raises(NoToken):
        GUARD.grant("GET", {**OURS, "authorization": said})


def test_a_cookie_is_a_token_that_writes_from_our_own_page_only() -> None:
    cookie = {**OURS, "cookie": f"a=b; {COOKIE}={mint('secret', ALL)}"}

    assert GUARD.grant("GET", cookie).scopes == ALL
    assert GUARD.grant("POST", {**cookie, "origin": "http://localhost:8787"}).scopes == ALL
    with pytest.raises(ForeignOrigin):
        GUARD.grant("POST", cookie)


def granted(*scopes: Scope, session: str = "", producer: str = "") -> Grant:
    return Grant(frozenset(scopes), session, producer)


@pytest.mark.parametrize(
    ("grant", "method", "path"),
    [
        (granted(Scope.READ), "POST", "s/a"),
        (granted(Scope.READ), "PUT", "x"),
        (granted(Scope.APPEND), "GET", "s/a"),
        (granted(Scope.APPEND), "POST", "s/a/control"),
        (granted(Scope.APPEND, session="a"), "POST", "s/b"),
        (granted(Scope.APPEND, session="a"), "POST", "factory"),
        (granted(Scope.APPEND, session="a"), "POST", "s/a/control"),
        (granted(Scope.CONTROL), "POST", "s/a"),
        (granted(*ALL), "DELETE", "x"),
    ],
)
def test_a_token_does_no_more_than_its_scopes_say(grant: Grant, method: str, path: str) -> None:
    with pytest.raises(NotGranted):
        check_stream(grant, method, path, {})


@pytest.mark.parametrize(
    ("grant", "method", "path"),
    [
        (granted(Scope.READ), "HEAD", "s/a/control"),
        (granted(Scope.APPEND, session="a"), "POST", "s/a"),
        (granted(Scope.APPEND, session="a"), "PUT", "s/a/presence"),
        (granted(Scope.CONTROL), "POST", "s/a/control"),
        (Grant(ALL, whole=True), "DELETE", "x"),
    ],
)
def test_a_token_does_what_its_scopes_say(grant: Grant, method: str, path: str) -> None:
    check_stream(grant, method, path, {})


def test_a_token_writes_under_its_own_name() -> None:
    grant = granted(Scope.APPEND, producer="sub-1")

    check_stream(grant, "POST", "s/a", {"producer-id": "sub-1"})
    with pytest.raises(NotGranted):
        check_stream(grant, "POST", "s/a", {"producer-id": "host:s-1"})
