"""Who gets in: the right host, no foreign page, a token that may do what is asked.

A server on loopback that starts and steers agents is what every page in the user's browser would
like to reach. So the Host must be one of ours to the letter, port included (DNS rebinding); an
Origin, where there is one, must be ours on every unsafe method and on the WebSocket; and a token is
taken from ``Authorization`` or from our own cookie only, never from a query.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from darkfactory.server.paths import controlled
from darkfactory.server.refused import Refused
from darkfactory.sessions.tokens import Grant, Scope, grant_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SESSION = re.compile(r"s/([^/]+)(?:/.*)?")


class WrongHost(Refused):
    """The request was meant for somebody else."""

    status = 421

    def __init__(self, host: str) -> None:
        super().__init__(f"this server is not {host[:100] or 'nameless'}")


class ForeignOrigin(Refused):
    """A page of another site asks."""

    status = 403

    def __init__(self) -> None:
        super().__init__("pages of other sites may not ask here")


class NoToken(Refused):
    """Nobody has said who asks."""

    status = 401

    def __init__(self) -> None:
        why = "a token is needed: Authorization: Bearer, from .darkfactory/token"
        super().__init__(why, [(b"www-authenticate", b"Bearer")])


class NotGranted(Refused):
    """The token may not do that."""

    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(f"this token has no scope for it: {scope}")


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one server.

    Args:
        token: The factory's token.
        hosts: The values of Host that are ours.
        origins: The origins of our own pages.
        cookie: What the cookie of our pages is called.
    """

    token: str = field(repr=False)
    hosts: Collection[str]
    origins: Collection[str]
    cookie: str

    def check_place(self, method: str, headers: Mapping[str, str], *, socket: bool = False) -> None:
        """See that the request is meant for us and comes from no foreign page.

        Raises:
            WrongHost: If it was meant for another host.
            ForeignOrigin: If a page of another site sent it.
        """
        host = headers.get("host", "")
        if host.lower() not in self.hosts:
            raise WrongHost(host)
        origin = headers.get("origin")
        if origin is not None and (socket or method not in _SAFE) and origin not in self.origins:
            raise ForeignOrigin

    def grant(self, method: str, headers: Mapping[str, str]) -> Grant:
        """Return what whoever asks may do.

        Raises:
            NoToken: If there is no token of ours.
            ForeignOrigin: If a cookie comes without the origin that unsafe methods need.
        """
        kind, _, said = headers.get("authorization", "").partition(" ")
        token = said.strip() if kind.lower() == "bearer" else ""
        if not token:
            token = cookie_of(headers, self.cookie)
            if token and method not in _SAFE and headers.get("origin") not in self.origins:
                raise ForeignOrigin
        found = grant_of(token, self.token) if token else None
        if found is None:
            raise NoToken
        return found


def cookie_name(port: int, *, secure: bool = False) -> str:
    """Return what the cookie of the server at *port* is called.

    Cookies know no ports: with one name for all, two factories would throw each other's out.
    With ``__Host-`` browsers take it over TLS only, and from no neighbour of ours.
    """
    return f"__Host-df_{port}" if secure else f"df_{port}"


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """Return the token that the cookie *name* holds, empty where there is none."""
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def check_stream(grant: Grant, method: str, path: str, headers: Mapping[str, str]) -> None:
    """See that *grant* may do *method* to the stream *path*.

    Raises:
        NotGranted: If it may not.
    """
    needed = _needed(method, path)
    if needed not in grant.scopes:
        raise NotGranted(needed)
    if method in _SAFE:
        return
    if method == "DELETE" and not grant.whole:
        raise NotGranted("all")
    if grant.session and not _is_of(grant.session, path):
        raise NotGranted(f"{needed} outside of {grant.session}")
    if grant.producer and headers.get("producer-id") not in (None, grant.producer):
        raise NotGranted(f"{needed} as {headers['producer-id']}")


def _is_of(session: str, path: str) -> bool:
    found = _SESSION.fullmatch(path)
    return found is not None and found[1] == session


def _needed(method: str, path: str) -> Scope:
    if method in _SAFE:
        return Scope.READ
    return Scope.APPEND if controlled(path) is None else Scope.CONTROL


def origins_of(hosts: Collection[str], scheme: str = "http") -> frozenset[str]:
    """Return the origins of the pages that a server of these *hosts* gives."""
    return frozenset(f"{scheme}://{host}" for host in hosts)
