"""``df sessions``: list, show, follow and control sessions."""

import sys
import time
from typing import Annotated

import typer

from darkfactory.cli import choices
from darkfactory.cli.apps import new_app
from darkfactory.cli.context import state_folder, who
from darkfactory.cli.control import VERBS
from darkfactory.cli.output import hint, print_json, say
from darkfactory.cli.source import Ca, Place, Server, SessionOrItem, TokenFile, session_of
from darkfactory.domain.session import State
from darkfactory.events.offset import NOW, START
from darkfactory.sessions.watch import Source

app = new_app()

Json = Annotated[bool, typer.Option("--json", help="Print JSON")]


@app.callback(invoke_without_command=True)
def sessions(context: typer.Context, *, json_: Json = False) -> None:
    """List, show, follow and control sessions."""
    if context.invoked_subcommand is None:
        list_(json_=json_)


@app.command("list")
def list_(
    *, server: Server = "", token_file: TokenFile = "", ca: Ca = "", json_: Json = False
) -> None:
    """List every session with its state and the evidence for it."""
    from darkfactory.sessions.view import session_json

    place = Place(server, token_file, ca)
    found = place.open().views()
    if not found and not server:
        from darkfactory.factory.lost import check_streams
        from darkfactory.factory.record import Record

        check_streams(Record(state_folder()))
    if json_:
        print_json({"sessions": [session_json(view) for view in found]})
        return
    from darkfactory.cli.render import session_table
    from darkfactory.cli.sparkline import marks_of
    from darkfactory.cli.terminal import width

    if not found:
        say("no session has started yet")
        hint("Next: df run")
        return
    say(session_table(found, width=width(), marks=marks_of(sys.stdout)))
    going = [view.id for view in found if view.state is not State.ENDED]
    if going:
        hint(f"Next: df sessions follow {going[0]}{place.options()}")
    elif not server:
        hint(f"Next: df sessions show {found[-1].id}")


@app.command()
def show(session: SessionOrItem, *, json_: Json = False) -> None:
    """Show one session: state, usage, counts, summary."""
    from darkfactory.cli.session_facts import session_facts
    from darkfactory.factory.here import Here

    state = state_folder()
    session = session_of(Here(state), session)
    body = session_facts(state, session, now=time.time())
    if json_:
        print_json({"session": body})
        return
    from darkfactory.cli.session_render import session_screen
    from darkfactory.cli.sparkline import marks_of
    from darkfactory.cli.terminal import width
    from darkfactory.factory.item_now import next_of
    from darkfactory.factory.reports import mark_read

    say(session_screen(body, width=width(), marks=marks_of(sys.stdout)))
    mark_read(state, session, by=who())
    going = f"df sessions follow {session}"
    hint(f"Next: {next_of(state, session, now=time.time()) or going}")


@app.command()
def follow(
    sessions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SESSION]...",
            help="Their ids, or items for their last ones; none: all that run, and that will start",
            autocompletion=choices.sessions,
        ),
    ] = None,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="OFFSET", help="Resume behind it; now: only what comes")
    ] = START,
    server: Server = "",
    token_file: TokenFile = "",
    ca: Ca = "",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON lines")] = False,
) -> None:
    """Follow logs of sessions: what was, then what comes, until all have ended."""
    from darkfactory.cli.following import print_events, show_events

    place = Place(server, token_file, ca)
    source = place.open()
    since = None if sessions else source.starts()
    found = [session_of(source, name) for name in dict.fromkeys(sessions or _at_work(source))]
    if start not in (START, NOW) and len(found) != 1:
        raise typer.BadParameter("an offset is of one session: name that one, or give --from now")
    events = source.follow(dict.fromkeys(found, start), since=since)
    if json_:
        print_events(events)
        return
    named = since is not None or len(found) > 1
    show_events(source, found, events, start, by=who(), place=place, named=named)


for _verb in VERBS:
    app.command()(_verb)


def _at_work(source: Source) -> list[str]:
    """Return the sessions that somebody runs now."""
    going = [view.id for view in source.views() if view.state not in (State.ENDED, State.UNKNOWN)]
    if not going:
        hint("no session runs now")
    return going
