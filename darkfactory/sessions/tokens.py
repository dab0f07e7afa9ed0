"""Who may do what: tokens that say it themselves, signed with the factory's own.

The factory's token lies in ``.darkfactory/token`` and may do everything. A token of fewer scopes is
its claims and their HMAC-SHA-256 under the factory's token, so nothing has to be stored, and a new
factory token ends them all.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from darkfactory.errors import NotReady, UsageError
from darkfactory.files import write_atomic

_PREFIX = "dft1"
_BYTES = 32
_SHORTEST = 32


class Scope(StrEnum):
    """What a token may do. *append*: write events; *control*: steer, stop, approve."""

    READ = "read"
    APPEND = "append"
    CONTROL = "control"
    GATE = "gate"


ALL = frozenset(Scope)


class BadFactoryToken(NotReady):
    """What lies in the place of the factory's token is none."""

    code = "token.broken"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} holds no token of at least {_SHORTEST} characters, so anybody could sign",
            fix="delete it: the next `df serve` makes another one, and all links and tokens end",
        )


class BadScope(UsageError):
    """A word that is no scope."""

    code = "token.scope"

    def __init__(self, word: str) -> None:
        super().__init__(f"{word!r} is not a scope", fix=f"scopes are {', '.join(Scope)}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a request may do.

    Args:
        session: The only session it may write to; empty: any.
        producer: The name it must write under; empty: any.
        whole: It comes from the factory's own token, which alone makes others.
        mark: Tells tokens apart, and opens nothing.
    """

    scopes: frozenset[Scope]
    session: str = ""
    producer: str = ""
    whole: bool = False
    mark: str = field(default="", compare=False)


_WHOLE = Grant(ALL, whole=True)


def factory_token(file: str | os.PathLike[str]) -> str:
    """Return the factory's token, made on first use, with mode 0600.

    Raises:
        BadFactoryToken: If what lies there is none: everybody could sign with it.
        DiskFull: If there is no room for a new one.
    """
    path = os.fspath(file)
    known = _read(path)
    if not known:
        _make(path, over=known is not None)
        known = _read(path)
    if known is None or len(known) < _SHORTEST:
        raise BadFactoryToken(path)
    return known


def _read(path: str) -> str | None:
    """Return what the file holds, None where there is none; nobody else may read it from now on."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, encoding="ascii", errors="replace") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
        return file.read().strip()


def _make(path: str, *, over: bool) -> None:
    """Put a new token at *path* in one step; of two who do it at once the first one wins.

    Args:
        over: An empty file lies there, which a full disk has left.
    """
    draft = f"{path}.{secrets.token_hex(4)}.tmp"
    write_atomic(draft, secrets.token_urlsafe(_BYTES) + "\n", durable=True, mode=0o600)
    try:
        if over:
            os.replace(draft, path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def mint(
    factory: str,
    scopes: frozenset[Scope],
    *,
    session: str = "",
    producer: str = "",
    until: float | None = None,
) -> str:
    """Return a token with these *scopes*, bound to *session* and *producer* where given.

    Args:
        until: When it ends, in seconds since the epoch.
    """
    claims = {"scopes": sorted(scopes), "session": session, "producer": producer, "until": until}
    body = _encoded(json.dumps(claims, separators=(",", ":")).encode())
    return f"{_PREFIX}.{body}.{_signed(factory, body)}"


def grant_of(token: str, factory: str, *, now: float | None = None) -> Grant | None:
    """Return what *token* may do, None if it is not ours or over."""
    if hmac.compare_digest(token.encode(), factory.encode()):
        return _WHOLE
    prefix, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    if prefix != _PREFIX or not hmac.compare_digest(
        signature.encode(), _signed(factory, body).encode()
    ):
        return None
    claims = json.loads(_decoded(body))
    until = claims["until"]
    if until is not None and (time.time() if now is None else now) > until:
        return None
    scopes = frozenset(map(Scope, claims["scopes"]))
    return Grant(scopes, claims["session"], claims["producer"], mark=body)


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes called *words*, at least one; blank words count for nothing.

    Raises:
        BadScope: If a word is none, or there is none.
    """
    asked = [word.strip() for word in words if word.strip()]
    unknown = [word for word in asked if word not in set(Scope)] if asked else [""]
    if unknown:
        raise BadScope(unknown[0])
    return frozenset(map(Scope, asked))


def _signed(factory: str, body: str) -> str:
    return _encoded(hmac.digest(factory.encode(), body.encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:  # signed by us, so it never happens; yet no stranger's text ends us
        return b"{}"
