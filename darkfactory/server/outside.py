"""How others than this machine reach the server: at which address, by which names, with TLS or not.

Whoever reads along has the token. So what is no loopback needs TLS: ours, or a proxy's in front.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from darkfactory.errors import NotReady, UsageError

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_USUAL = {"http": 80, "https": 443}
_NAME = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9][0-9]{0,4})?")


class BadBind(UsageError):
    """What is to be listened at is no address."""

    code = "serve.bind"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"{said!r} is no address to listen at",
            fix="give one of this machine: 127.0.0.1, ::1, 0.0.0.0 for all; names go to --name",
        )


class BadName(UsageError):
    """A name that no client can send as its Host."""

    code = "serve.name"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"{said!r} is no name of a server",
            fix="give what stands between https:// and the path: factory.example, or with :PORT",
        )


class NoName(UsageError):
    """Nothing says by which name clients reach a server that listens everywhere or hides."""

    code = "serve.no_name"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}, so nothing says how it is called",
            fix="give each name that clients use with --name: others are refused",
        )


class PlainOutside(UsageError):
    """The server is to be reached from other machines without TLS."""

    code = "serve.plain"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"at {address} everybody on the way could read along, the token too",
            fix="give --tls-cert and --tls-key; or --behind-proxy, if a proxy in front does TLS",
        )


class HalfTls(UsageError):
    """TLS needs other flags than those that were given."""

    code = "serve.tls_flags"

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem, fix=fix)


class BadCertificate(NotReady):
    """The certificate or its key cannot be used."""

    code = "serve.certificate"

    def __init__(self, files: "Tls", why: str) -> None:
        super().__init__(
            f"no TLS with the certificate {files.cert} and the key {files.key}: {why}",
            fix="give the chain and its own key as PEM files that you may read, without passphrase",
        )


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate with its chain, and of its key, in PEM."""

    cert: str
    key: str

    def check(self) -> None:
        """See that a server can be made of them.

        Raises:
            BadCertificate: If not.
        """
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.cert, self.key, password="")
        except (OSError, ValueError) as error:
            # the text of an SSLError names a line of OpenSSL, its reason says what is wrong
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
            raise BadCertificate(self, why.lower().replace("_", " ")) from error


@dataclass(frozen=True, slots=True)
class Outside:
    """A checked wish: see :func:`outside`."""

    address: IPv4Address | IPv6Address
    names: tuple[str, ...]
    tls: Tls | None
    behind_proxy: bool

    @property
    def scheme(self) -> str:
        """What clients put before the name."""
        return "https" if self.tls or self.behind_proxy else "http"

    def hosts(self, port: int) -> tuple[str, ...]:
        """Return the values of Host that mean this server at *port*; the first one is its name."""
        if self.behind_proxy:
            return self.names
        own = [] if self.address.is_unspecified else [_bracketed(self.address)]
        if self.address.is_loopback:
            own += _LOOPBACK
        bare = [name for name in (*self.names, *own) if not _has_port(name)]
        found = [name if _has_port(name) else f"{name}:{port}" for name in (*self.names, *own)]
        return tuple(dict.fromkeys([*(bare if port == _USUAL[self.scheme] else ()), *found]))


def outside(
    bind: str | None,
    names: Sequence[str] = (),
    *,
    cert: str | None = None,
    key: str | None = None,
    behind_proxy: bool = False,
) -> Outside | None:
    """Return how the server is to be reached beside plain loopback, None if not at all.

    Args:
        bind: The address to listen at; None is loopback.
        names: By which names clients reach it: nothing else is let in.
        cert: The file of its certificate; *key*: of the key.
        behind_proxy: Whether a proxy in front does TLS; then clients know its names alone.

    Raises:
        UsageError: If that makes no sense, or is not safe.
        BadCertificate: If certificate and key cannot be used.
    """
    if bind is None and not names and cert is None and key is None and not behind_proxy:
        return None
    wish = Outside(_address(bind), tuple(map(_name, names)), _tls(cert, key), behind_proxy)
    if wish.tls and behind_proxy:
        raise HalfTls(
            "--behind-proxy leaves TLS to the proxy", "leave --tls-cert and --tls-key out"
        )
    if not wish.address.is_loopback and wish.scheme == "http":
        raise PlainOutside(str(wish.address))
    if behind_proxy and not names:
        raise NoName("behind a proxy clients know only the proxy's names")
    if wish.address.is_unspecified and not names:
        raise NoName(f"{wish.address} is every address of this machine")
    if wish.tls:
        wish.tls.check()
    return wish


def _address(bind: str | None) -> IPv4Address | IPv6Address:
    said = {None: "127.0.0.1", "localhost": "127.0.0.1"}.get(bind, bind or "")
    try:
        return ipaddress.ip_address(said.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise BadBind(said) from error


def _name(said: str) -> str:
    name = said.lower()
    if not _NAME.fullmatch(name):
        raise BadName(said)
    return name


def _tls(cert: str | None, key: str | None) -> Tls | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        missing = "--tls-cert" if cert is None else "--tls-key"
        raise HalfTls(
            f"TLS needs a certificate and its key, and {missing} is not given",
            f"give --tls-cert and --tls-key, each a PEM file: add {missing} FILE",
        )
    return Tls(cert, key)


def _bracketed(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6


def _has_port(name: str) -> bool:
    return ":" in name.rpartition("]")[2]
