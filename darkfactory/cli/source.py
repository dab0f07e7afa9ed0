"""Where a command finds the sessions: in the repository around it, or behind a server."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import state_folder
from darkfactory.cli.output import hint
from darkfactory.errors import NotReady, UsageError
from darkfactory.sessions.watch import Source

_TOKENS = ("DF_TOKEN", "DF_SESSION_TOKEN")

Server = Annotated[
    str, typer.Option("--server", metavar="URL", help="Of the factory behind this `df serve`")
]
TokenFile = Annotated[
    str, typer.Option(metavar="FILE", help="Holds the server's token; else DF_TOKEN does")
]
Ca = Annotated[str, typer.Option(metavar="FILE", help="Certificates to trust, for https")]
SessionOrItem = Annotated[
    str,
    typer.Argument(
        metavar="SESSION",
        help="The session's id, or its item's for the last one",
        autocompletion=choices.sessions,
    ),
]


class NoToken(NotReady):
    """A server is named, and nothing that lets us in."""

    code = "server.no_token"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"there is no token for {url}",
            fix="give --token-file FILE, or set DF_TOKEN; `df serve token --scope read,control` "
            "prints one where the server runs",
        )


class BadTokenFile(UsageError):
    """The file that was named holds no token."""

    code = "server.token_file"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(
            f"{file} holds no token: {why}",
            fix="write what `df serve token` prints into it, and nothing else",
        )


class NoServer(UsageError):
    """Options for a server, and no server."""

    code = "usage.no_server"

    def __init__(self, option: str) -> None:
        super().__init__(f"{option} is for a server", fix="name it: --server URL")


@dataclass(frozen=True, slots=True)
class Place:
    """What a command line says of where the sessions are; nothing: in the repository around."""

    server: str = ""
    token_file: str = ""
    ca: str = ""

    def open(self, note: Callable[[str], None] = hint) -> Source:
        """Return the sessions there.

        Args:
            note: Called with what a person should know of the connection.

        Raises:
            NotInRepository: If no server is named and there is no repository.
            NoToken: If a server is named and no token.
            BadServer: If it cannot be one.
        """
        if not self.server:
            for option, given in (("--token-file", self.token_file), ("--ca", self.ca)):
                if given:
                    raise NoServer(option)
            from darkfactory.factory.here import Here

            return Here(state_folder())
        from darkfactory.remote.server import Server as Behind
        from darkfactory.remote.there import There

        server = Behind(self.server.rstrip("/"), self._token(), self.ca or None)
        if server.sends_in_clear:
            note("warning: over http:// others on the network can read the token; use https://")
        return There(server, note)

    def options(self) -> str:
        """Return the options that lead here, for a command line; with a space before them."""
        given = {"--server": self.server, "--token-file": self.token_file, "--ca": self.ca}
        words = [word for name, value in given.items() if value for word in (name, value)]
        return f" {shlex.join(words)}" if words else ""

    def _token(self) -> str:
        if self.token_file:
            return _read_token(self.token_file)
        found = next((os.environ[name] for name in _TOKENS if os.environ.get(name)), "")
        if not found:
            raise NoToken(self.server)
        return found


def _read_token(file: str) -> str:
    try:
        with open(file, encoding="ascii") as told:
            token = told.read().strip()
    except (OSError, UnicodeError) as error:
        raise BadTokenFile(file, getattr(error, "strerror", None) or str(error)) from error
    if not token or len(token.split()) != 1:
        raise BadTokenFile(file, "it is empty" if not token else "it has several words")
    return token


def session_of(source: Source, name: str) -> str:
    """Return the session that *name* means, and say so where it is an item.

    Raises:
        UnknownSession: If it is neither a session nor an item that has one.
    """
    session = source.find(name)
    if session != name:
        hint(f"{name} is an item; its last session is {session}")
    return session
