"""Requests to a factory's server: with its token, to it alone, and told apart when they fail.

A connection that drops, a server that starts again and a proxy that has nobody behind it are
:class:`Away`: the same request may be sent again. Everything else is a failure that a person mends.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from darkfactory.errors import NotReady, UsageError

CONNECT_SECONDS = 10.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_NO_ENTRY = frozenset({401, 403})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
"""What OpenSSL, by its versions, says of an answer that is no TLS."""
_OK = range(200, 300)
_MOST_SAID = 300


class BadServer(UsageError):
    """What was given is no address of a server."""

    code = "server.url"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url!r} is no address of a server",
            fix="it looks like http://127.0.0.1:PORT, as `df serve` prints it",
        )


class BadCa(UsageError):
    """The file of certificates cannot be used."""

    code = "server.ca"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(
            f"{file} holds no certificates: {why}",
            fix="give --ca a PEM file with the certificate that the server's is signed with",
        )


class NotTrusted(NotReady):
    """Nobody whom we trust has signed the server's certificate."""

    code = "server.certificate"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"the certificate of {url} is not to be trusted: {why}",
            fix="give the certificate of the authority that signed it with --ca FILE",
        )


class NotTls(NotReady):
    """Something answers, and it does not speak TLS."""

    code = "server.no_tls"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"what answers at {url} does not speak TLS",
            fix="it may speak plain http: give the address as `df serve` prints it there, with "
            "http:// in front of it",
        )


class Away(NotReady):
    """The server does not answer now."""

    code = "server.away"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"nobody answers at {url}: {why}",
            fix="start `df serve` there, or see whether the address is right",
        )
        self.why = why


class NotLetIn(NotReady):
    """The server does not take the token for what is asked."""

    code = "server.token"

    def __init__(self, url: str, said: str) -> None:
        super().__init__(
            f"{url} does not let you in: {said}",
            fix="give the token with --token-file FILE or in DF_TOKEN; `df serve token --scope "
            "read,control` makes one where the server runs",
        )


class ServerRefused(NotReady):
    """The server answers, but not as a factory's server would."""

    code = "server.refused"

    def __init__(self, url: str, said: str) -> None:
        super().__init__(
            f"{url} answered: {said}",
            fix="see that the address is the one `df serve` prints, and both are of one version",
        )


class NoStream(Exception):
    """The server has no such stream, or not yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of one response, and its body to be read."""

    response: http.client.HTTPResponse
    line: socket.socket

    def header(self, name: str) -> str:
        """Return a header, empty where there is none."""
        return self.response.headers.get(name, "")

    def wait_at_most(self, seconds: float) -> None:
        """Give up reading when nothing has come for *seconds*."""
        self.line.settimeout(seconds)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and what lets us in there.

    Args:
        token: What it lets in.
        ca: The file of the certificates that we trust; None: those that the system trusts.
    """

    url: str
    token: str = field(repr=False)
    ca: str | None = None

    @property
    def place(self) -> SplitResult:
        """The parts of the address.

        Raises:
            BadServer: If it is none.
        """
        try:
            place = urlsplit(self.url)
            fits = place.scheme in ("http", "https") and place.hostname and place.port != 0
        except ValueError as error:
            raise BadServer(self.url) from error
        if not fits or place.query or place.fragment or "@" in place.netloc:
            raise BadServer(self.url)
        return place

    @property
    def sends_in_clear(self) -> bool:
        """Whether others on the network can read the token as it is sent."""
        here = ("127.0.0.1", "::1", "localhost")
        return self.place.scheme == "http" and self.place.hostname not in here

    @contextmanager
    def asked(
        self, method: str, path: str, body: bytes | None = None, *, seconds: float = CONNECT_SECONDS
    ) -> Iterator[Answer]:
        """Send one request on a connection of its own; yield its answer if that is a yes.

        Args:
            path: The place below the server's address, query included.
            seconds: How long the answer, and then each part of it, may take.

        Raises:
            Away: If nobody answers now.
            NoStream: If there is nothing at that place.
            NotLetIn: If the token is not taken.
            NotTrusted: If the server's certificate is not.
            NotTls: If it speaks none and is to.
            ServerRefused: If it says no.
            TimeoutError: If a connection was made and nothing came in time.
        """
        connection = self._connected()
        try:
            line = connection.sock
            line.settimeout(seconds)
            prefix = self.place.path.rstrip("/")
            connection.request(method, prefix + path, body, self._headers(body))
            response = connection.getresponse()
            self._check(response)
            yield Answer(response, line)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error
        finally:
            connection.close()

    def json(self, path: str) -> dict[str, Any]:
        """Return the JSON object at *path*.

        Raises:
            Away: If nobody answers now.
            NotLetIn: If the token is not taken.
            NotTrusted: If the server's certificate is not.
            NotTls: If it speaks none and is to.
            ServerRefused: If there is none.
        """
        try:
            with self.asked("GET", path) as answer:
                body = json.loads(answer.response.read())
        except TimeoutError as error:
            raise self._away(error) from error
        except (NoStream, ValueError, RecursionError) as error:
            raise ServerRefused(self.url, f"nothing of a factory's server at {path}") from error
        if not isinstance(body, dict):
            raise ServerRefused(self.url, f"no JSON object at {path}")
        return body

    def _connected(self) -> http.client.HTTPConnection:
        place = self.place
        connection: http.client.HTTPConnection
        if place.scheme == "https":
            connection = http.client.HTTPSConnection(
                place.netloc, timeout=CONNECT_SECONDS, context=self._trust()
            )
        else:
            connection = http.client.HTTPConnection(place.netloc, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(self.url, error.verify_message) from error
        except (OSError, UnicodeError) as error:
            if getattr(error, "reason", None) in _NO_TLS:
                raise NotTls(self.url) from error
            raise self._away(error) from error
        return connection

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise BadCa(str(self.ca), error.strerror or str(error)) from error

    def _headers(self, body: bytes | None) -> Mapping[str, str]:
        known = {"Authorization": f"Bearer {self.token}"}
        return known if body is None else {**known, "Content-Type": "application/json"}

    def _check(self, response: http.client.HTTPResponse) -> None:
        status = response.status
        if status in _OK:
            return
        said = response.read(_MOST_SAID).decode("utf-8", "replace").strip() or response.reason
        if status in _NO_ENTRY:
            raise NotLetIn(self.url, said)
        if status == http.client.NOT_FOUND:
            raise NoStream(said)
        if status in _PASSING:
            raise Away(self.url, f"{status} {said}")
        raise ServerRefused(self.url, f"{status} {said}")

    def _away(self, error: Exception) -> Away:
        return Away(self.url, str(error) or type(error).__name__)
