"""``df serve``: the session protocol, here and with --bind beyond, for whoever has a token."""

import os
import sys
from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.state import StateFolder

app = new_app()

Json = Annotated[bool, typer.Option("--json", help="Print JSON")]


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Listen there; 0: a free port")
    ] = 0,
    bind: Annotated[
        str | None,
        typer.Option(metavar="ADDR", help="Listen there, too; needs TLS unless it is loopback"),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A name that clients use; repeat it for more"),
    ] = None,
    tls_cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="Certificate with its chain, PEM")
    ] = None,
    tls_key: Annotated[str | None, typer.Option(metavar="FILE", help="Its key, PEM")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front does TLS, under --name")
    ] = False,
    long_poll: Annotated[
        str, typer.Option(metavar="DURATION", help="How long a reader may wait for data")
    ] = "20s",
    json_: Json = False,
) -> None:
    """Serve sessions to browsers and programs until Ctrl-C; with --bind beyond this machine."""
    if context.invoked_subcommand is not None:
        return
    from darkfactory.factory.judge_change import PersonsGate
    from darkfactory.factory.notify import notifying
    from darkfactory.factory.read_api import answers
    from darkfactory.server.outside import outside
    from darkfactory.server.serve import Parts, Served
    from darkfactory.server.serve import serve as run
    from darkfactory.sessions.control import deliver

    def ready(served: Served) -> None:
        if json_:
            print_json({"url": served.url, "token": served.token, "page": served.page})
        else:
            say(f"serving {served.url}")
            hint(f"open once in a browser: {served.page}")
            hint("programs send Authorization: Bearer, with what .darkfactory/token holds")
        sys.stdout.flush()  # whoever started us waits for the line

    way = outside(bind, name or (), cert=tls_cert, key=tls_key, behind_proxy=behind_proxy)
    state, person = _begun(), who()
    parts = Parts(
        answers=answers(state.repository),
        gate=PersonsGate(state.repository, person),
        person=person,
        deliver=lambda session: deliver(state, session),
    )
    with notifying(state, os.environ, hint):
        run(state, parts, port=port, way=way, long_poll=_seconds(long_poll), ready=ready)


def _begun() -> StateFolder:
    """Return the state folder of the factory here, which begins with this if it has not yet."""
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    if line.is_new:
        line.begin()
    return line.state


def _seconds(text: str) -> float:
    from darkfactory.config.amounts import duration_seconds

    try:
        return duration_seconds(text)
    except ValueError as error:
        raise typer.BadParameter(f"--long-poll {error}") from error


@app.command()
def token(
    *,
    scope: Annotated[
        str, typer.Option(metavar="SCOPES", help="read, append, control, gate; parted by commas")
    ],
    session: Annotated[
        str, typer.Option(metavar="SESSION", help="The only session it may write to")
    ] = "",
    json_: Json = False,
) -> None:
    """Print a token that may do only what its scopes say."""
    from darkfactory.sessions.tokens import factory_token, mint, scopes_of

    scopes = scopes_of(scope.split(","))
    made = mint(factory_token(_begun().root / "token"), scopes, session=session)
    if json_:
        print_json({"token": made, "scopes": sorted(scopes)})
    else:
        say(made)


@app.command()
def link(*, json_: Json = False) -> None:
    """Print a new link that logs one browser in to the server that runs."""
    from darkfactory.server.link import fresh_link

    page = fresh_link(_begun())
    if json_:
        print_json({"page": page})
    else:
        say(page)
