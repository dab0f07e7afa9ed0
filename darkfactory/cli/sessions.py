"""``df sessions``: list, show, follow and control sessions."""

import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.apps import new_app
from darkfactory.cli.context import state_folder, who
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp, State
from darkfactory.domain.state import StateFolder

app = new_app()

Session = Annotated[
    str,
    typer.Argument(metavar="SESSION", help="The session's id", autocompletion=choices.sessions),
]
SessionOrItem = Annotated[
    str,
    typer.Argument(
        metavar="SESSION",
        help="The session's id, or its item's for the last one",
        autocompletion=choices.sessions,
    ),
]
Request = Annotated[str, typer.Argument(metavar="REQUEST", help="The approval's id")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Wait = Annotated[bool, typer.Option("--wait", help="Return when it is applied")]


@app.callback(invoke_without_command=True)
def sessions(context: typer.Context, *, json_: Json = False) -> None:
    """List, show, follow and control sessions."""
    if context.invoked_subcommand is None:
        list_(json_=json_)


@app.command("list")
def list_(*, json_: Json = False) -> None:
    """List every session with its state and the evidence for it."""
    from darkfactory.sessions.view import list_sessions, session_json

    state = state_folder()
    found = list_sessions(state, now=time.time())
    if not found:
        from darkfactory.factory.lost import check_streams
        from darkfactory.factory.record import Record

        check_streams(Record(state))
    if json_:
        print_json({"sessions": [session_json(view) for view in found]})
        return
    from darkfactory.cli.render import session_table
    from darkfactory.cli.terminal import width

    if not found:
        say("no session has started yet")
        hint("Next: df run")
        return
    say(session_table(found, width=width()))
    going = [view for view in found if view.state is not State.ENDED]
    hint(f"Next: df sessions {f'follow {going[0].id}' if going else f'show {found[-1].id}'}")


@app.command()
def show(session: SessionOrItem, *, json_: Json = False) -> None:
    """Show one session: state, usage, counts, summary."""
    from darkfactory.events.stream import Stream
    from darkfactory.sessions.story import read_story
    from darkfactory.sessions.view import session_json, show_session

    state = state_folder()
    session = _found(state, session)
    view = show_session(state, session, now=time.time())
    events = list(Stream(state.streams, f"s/{session}").read())
    story = read_story(events)
    started = next((event.data for _, event in events if event.type == "session.started"), {})
    body: dict[str, Any] = {
        **session_json(view),
        "events": len(events),
        "usage": {
            "tokens": story.tokens or view.tokens,
            "cost_usd": story.cost or view.cost_usd,
            "requests": story.requests,
        },
        "confined": started.get("confined"),
        "confinement": started.get("confinement"),
        "autonomy": started.get("autonomy"),
        "model": story.model or started.get("model"),
        "version": started.get("version"),
        "workspace": started.get("workspace"),
        "approvals": [
            {"request": request, "command": command} for request, command in story.approvals.items()
        ],
        "preserved": (story.ended or {}).get("preserved"),
        "notes": (story.ended or {}).get("notes") or [],
        "summary": story.last_words,
    }
    if json_:
        print_json({"session": body})
        return
    from darkfactory.cli.session_render import session_screen
    from darkfactory.cli.terminal import width
    from darkfactory.factory.item_now import next_of
    from darkfactory.factory.reports import mark_read

    say(session_screen(body, width=width()))
    mark_read(state, session, by=who())
    going = f"df sessions follow {session}"
    hint(f"Next: {next_of(state, session, now=time.time()) or going}")


@app.command()
def follow(
    session: SessionOrItem,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="OFFSET", help="Resume behind this offset")
    ] = "-1",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON lines")] = False,
) -> None:
    """Follow a session's log: what was, then what comes, until it has ended."""
    from darkfactory.sessions.follow import follow_session

    state = state_folder()
    session = _found(state, session)
    events = follow_session(state, session, start)
    if json_:
        _print_events(events)
    else:
        from darkfactory.cli.following import show_events

        show_events(state, session, events, start, by=who())


@app.command()
def steer(
    session: Session,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the agent is told")],
    *,
    wait: Wait = False,
    json_: Json = False,
) -> None:
    """Tell the agent something at the next point where it can listen."""
    _control(session, ControlOp.STEER, text=text, wait=wait, json_=json_)


@app.command()
def interrupt(
    session: Session,
    text: Annotated[
        str,
        typer.Argument(
            metavar="[TEXT]", help="What the agent is to do instead", show_default=False
        ),
    ] = "",
    *,
    wait: Wait = False,
    json_: Json = False,
) -> None:
    """End the running turn; the session goes on with TEXT, or waits for a steer or a cancel."""
    _control(session, ControlOp.INTERRUPT, text=text, wait=wait, json_=json_)


@app.command()
def cancel(
    session: Session,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the log")] = "",
    wait: Wait = False,
    json_: Json = False,
) -> None:
    """End the session and keep all that it did."""
    _control(session, ControlOp.CANCEL, reason=reason, wait=wait, json_=json_)


@app.command()
def approve(
    session: Session,
    request: Request,
    *,
    wait: Wait = False,
    json_: Json = False,
) -> None:
    """Allow the command that an agent asks for."""
    _control(session, ControlOp.APPROVE, request=request, wait=wait, json_=json_)


@app.command()
def deny(
    session: Session,
    request: Request,
    *,
    text: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="Why, for the agent")
    ] = "",
    wait: Wait = False,
    json_: Json = False,
) -> None:
    """Refuse the command that an agent asks for."""
    _control(session, ControlOp.DENY, request=request, text=text, wait=wait, json_=json_)


def _print_events(events: Iterator[tuple[int, Event]]) -> None:
    from darkfactory.events.offset import format_offset

    for behind, event in events:
        body = {**event.body(), "next": format_offset(behind)}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _found(state: StateFolder, name: str) -> str:
    """Return the session that *name* means, and say so where it is an item."""
    from darkfactory.sessions.names import find_session

    session = find_session(state, name)
    if session != name:
        hint(f"{name} is an item; its last session is {session}")
    return session


def _control(
    session: str,
    op: ControlOp,
    *,
    text: str = "",
    reason: str = "",
    request: str = "",
    wait: bool,
    json_: bool,
) -> None:
    from dataclasses import asdict

    from darkfactory.factory.ask_session import ask_session

    receipt = ask_session(
        state_folder(),
        session,
        op,
        by=who(),
        text=text,
        reason=reason,
        request=request,
        wait_applied=wait,
    )
    if json_:
        print_json({"session": session, "op": op, **asdict(receipt)})
    else:
        how = f" ({receipt.how})" if receipt.how else ""
        say(f"{op} {receipt.state}{how}: {session}")
        hint(f"Next: df sessions follow {session}")
