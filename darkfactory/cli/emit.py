"""``df emit``: write events into the session that the environment names."""

import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.output import print_json

app = new_app()


@app.command()
def emit(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT|-]", help="What is said; - reads events, one a line")
    ] = "",
    *,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The type of the event")
    ] = "message",
    data: Annotated[
        str, typer.Option(metavar="JSON", help="More of its data, as a JSON object")
    ] = "",
    agent: Annotated[str, typer.Option(metavar="NAME", help="Who says it")] = "emit",
    parent: Annotated[str, typer.Option(metavar="NAME", help="The agent that started it")] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Write into the session that DF_SESSION_URL and DF_SESSION_TOKEN name."""
    from darkfactory.server.emit import Session
    from darkfactory.server.emit import emit as send

    session = Session.of(os.environ)
    who = {"agent": agent, **({"parent": parent} if parent else {})}
    if text == "-":
        events = [{**who, **event} for event in _events()]
    elif not text and not data and type_ == "message":
        raise typer.BadParameter("nothing to say: give a TEXT, --data, or - for lines of events")
    else:
        said = {"role": "assistant", "text": text} if text else {}
        events = [{**who, "type": type_, "data": {**said, **_object(data or "{}", "--data")}}]
    offset = send(session, events) if events else ""
    if json_:
        print_json({"events": len(events), "next": offset or None})


def _events() -> Iterator[dict[str, Any]]:
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            yield _object(line, f"line {number}")


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{where} is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise typer.BadParameter(f"{where} is no JSON object")
    return body
