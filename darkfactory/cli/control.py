"""The verbs of ``df sessions`` that ask something of a session: here, or behind a server."""

from dataclasses import asdict
from typing import Annotated

import typer

from darkfactory.cli.context import who
from darkfactory.cli.output import hint, print_json, say
from darkfactory.cli.source import Ca, Place, Server, SessionOrItem, TokenFile, session_of
from darkfactory.domain.session import ControlOp

Request = Annotated[str, typer.Argument(metavar="REQUEST", help="The approval's id")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Wait = Annotated[bool, typer.Option("--wait", help="Return when it is applied")]


def steer(
    session: SessionOrItem,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the agent is told")],
    *,
    wait: Wait = False,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Json = False,
) -> None:
    """Tell the agent something at the next point where it can listen."""
    place = Place(server, token_file, ca)
    _ask(place, session, ControlOp.STEER, text=text, wait=wait, json_=json_)


def interrupt(
    session: SessionOrItem,
    text: Annotated[
        str,
        typer.Argument(
            metavar="[TEXT]", help="What the agent is to do instead", show_default=False
        ),
    ] = "",
    *,
    wait: Wait = False,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Json = False,
) -> None:
    """End the running turn; the session goes on with TEXT, or waits for a steer or a cancel."""
    place = Place(server, token_file, ca)
    _ask(place, session, ControlOp.INTERRUPT, text=text, wait=wait, json_=json_)


def cancel(
    session: SessionOrItem,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the log")] = "",
    wait: Wait = False,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Json = False,
) -> None:
    """End the session and keep all that it did."""
    place = Place(server, token_file, ca)
    _ask(place, session, ControlOp.CANCEL, reason=reason, wait=wait, json_=json_)


def approve(
    session: SessionOrItem,
    request: Request,
    *,
    wait: Wait = False,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Json = False,
) -> None:
    """Allow the command that an agent asks for."""
    place = Place(server, token_file, ca)
    _ask(place, session, ControlOp.APPROVE, request=request, wait=wait, json_=json_)


def deny(
    session: SessionOrItem,
    request: Request,
    *,
    text: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="Why, for the agent")
    ] = "",
    wait: Wait = False,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Json = False,
) -> None:
    """Refuse the command that an agent asks for."""
    place = Place(server, token_file, ca)
    _ask(place, session, ControlOp.DENY, request=request, text=text, wait=wait, json_=json_)


VERBS = (steer, interrupt, cancel, approve, deny)


def _ask(
    place: Place,
    session: str,
    op: ControlOp,
    *,
    text: str = "",
    reason: str = "",
    request: str = "",
    wait: bool,
    json_: bool,
) -> None:
    source = place.open()
    if not place.server:  # there a token may steer a session without reading which there are
        session = session_of(source, session)
    receipt = source.ask(
        session, op, by=who(), text=text, reason=reason, request=request, wait_applied=wait
    )
    if json_:
        print_json({"session": session, "op": op, **asdict(receipt)})
        return
    how = f" ({receipt.how})" if receipt.how else ""
    say(f"{op} {receipt.state}{how}: {session}")
    hint(f"Next: df sessions follow {session}{place.options()}")
