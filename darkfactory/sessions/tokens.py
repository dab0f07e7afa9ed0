"""Who may do what: tokens that say it themselves, signed with the factory's own.

The factory's token lies in ``.darkfactory/token`` and may do everything. A token of fewer scopes is
its claims and their HMAC-SHA-256 under the factory's token, so nothing has to be stored, and a new
factory token ends them all.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from darkfactory.errors import UsageError

_PREFIX = "dft1"
_BYTES = 32


class Scope(StrEnum):
    """What a token may do. *append*: write events; *control*: steer, stop, approve."""

    READ = "read"
    APPEND = "append"
    CONTROL = "control"
    GATE = "gate"


ALL = frozenset(Scope)


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
    """Return the factory's token, made on first use with mode 0600."""
    path = os.fspath(file)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        with open(path, encoding="ascii") as known:
            return known.read().strip()
    token = secrets.token_urlsafe(_BYTES)
    with open(descriptor, "w", encoding="ascii") as fresh:
        fresh.write(token + "\n")
    return token


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
