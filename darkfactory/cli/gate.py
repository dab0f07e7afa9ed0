"""``df gate``: review finished changes and land the good ones."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.gate_add import add, add_again
from darkfactory.cli.gate_audit import audit
from darkfactory.cli.gate_batch import batch, undo
from darkfactory.cli.gate_drill import drill
from darkfactory.cli.gate_flaky import flaky
from darkfactory.cli.output import hint, is_live, print_json, say
from darkfactory.domain.change import CloseAs
from darkfactory.domain.counting import counted
from darkfactory.errors import UnknownChange, UsageError

if TYPE_CHECKING:
    from darkfactory.factory.line import Line

app = new_app()
app.command()(add)
app.command()(audit)
app.command()(batch)
app.command()(undo)
app.command()(drill)
app.command()(flaky)

Changes = Annotated[
    list[str],
    typer.Argument(
        metavar="CHANGE...",
        help="Ids of changes, or of their items",
        autocompletion=choices.changes,
    ),
]
Change = Annotated[
    str,
    typer.Argument(
        metavar="CHANGE", help="Id of a change, or of its item", autocompletion=choices.changes
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Yes = Annotated[bool, typer.Option("--yes", help="For scripts; nothing is asked here")]
Message = Annotated[
    str, typer.Option("-m", "--message", metavar="TEXT", help="Your words, for the log")
]


_MOST_DIGITS = 9


class BadAnswer(UsageError):
    """A taste answer that is not N=yes or N=no."""

    code = "gate.taste"

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no answer to a taste line", fix="write it 1=yes or 2=no")


@app.callback(invoke_without_command=True)
def gate(context: typer.Context, *, json_: Json = False) -> None:
    """Review finished changes and land the good ones."""
    if context.invoked_subcommand is not None:
        return
    from darkfactory.cli.review import has_screen, review

    if json_ or not has_screen() or not review():
        list_(json_=json_)


@app.command("list")
def list_(*, json_: Json = False) -> None:
    """List the changes at the gate, ready ones first."""
    from darkfactory.factory.show_gate import gate_rows

    line = _line()
    rows = gate_rows(line)
    if json_:
        print_json({"changes": rows})
        return
    from darkfactory.cli.gate_render import RED_BASE, gate_table, has_red_base
    from darkfactory.cli.terminal import width
    from darkfactory.factory.own_branch import left_branch

    say(gate_table(rows, width=width()))
    if has_red_base(rows):
        hint(RED_BASE)
    left = left_branch(line.record)
    if left is not None:
        hint(left.words)
    changes = line.record.changes
    if changes.stopped:
        hint(f"landing is frozen: {changes.stopped}")
    mends = changes.hold.revert if changes.hold else ""
    waiting = [row for row in rows if row["state"] == "waiting_taste"]
    waiting.sort(key=lambda row: row["item"] != mends)  # nothing else lands before it
    hint(f"Next: df gate show {waiting[0]['id']}" if waiting else "Next: df run")


@app.command()
def show(
    change: Change,
    *,
    since_last: Annotated[
        bool, typer.Option("--since-last", help="Only what changed since you looked last")
    ] = False,
    json_: Json = False,
) -> None:
    """Show one change: facts, claims against facts, the diff."""
    from darkfactory.factory.show_gate import show_change

    body = show_change(_line(change), change, by=who(), since_last=since_last)
    if json_:
        print_json(body)
        return
    from darkfactory.cli.gate_render import change_screen
    from darkfactory.cli.terminal import width

    say(change_screen(body, width=width(), coloured=is_live(sys.stdout)))
    hint(_next(body["change"]))


@app.command()
def approve(
    changes: Changes,
    *,
    message: Message = "",
    taste: Annotated[
        list[str] | None, typer.Option(metavar="N=yes|no", help="Answer a taste line")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, whatever a change is warned of")
    ] = False,
    json_: Json = False,
) -> int:
    """Say yes to changes as they are now, and land them."""
    from darkfactory.cli.gate_ask import Warned
    from darkfactory.cli.steps import steps
    from darkfactory.factory.review_gate import approve_changes

    warned = Warned(asks=not (yes or json_))
    answers = dict(_answer(text) for text in taste or ())
    with steps(quiet=json_) as note:
        line = _line(*changes)
        result = approve_changes(
            line, changes, by=who(), text=message, taste=answers, note=note, ask=warned.ask
        )
    status = _landings(result, as_json=json_, told=len(warned.told))
    if not json_:
        _hint_next(line, [row["id"] for row in result["bounced"]])
    return status


@app.command()
def land(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and land as verdicts come")] = False,
    thaw: Annotated[bool, typer.Option("--thaw", help="Go on after a freeze")] = False,
    json_: Json = False,
) -> int:
    """Work the queue until it is empty."""
    from darkfactory.cli.steps import steps
    from darkfactory.factory.review_gate import land_queue

    line = _line()
    with steps(quiet=json_) as note:
        result = land_queue(line, thaw_by=who() if thaw else None, note=note)
    status = _landings(result, as_json=json_)
    if watch:
        _land_as_verdicts_come(line, as_json=json_)
    return status


def _land_as_verdicts_come(line: "Line", *, as_json: bool) -> None:
    """Test what is read next and land what is approved, until somebody ends this."""
    from darkfactory.cli.steps import steps
    from darkfactory.factory.read_ahead import read_ahead
    from darkfactory.factory.review_gate import land_queue

    with read_ahead(line) as ahead:
        while True:
            with steps(quiet=as_json) as note:
                note("waiting for verdicts")
                ahead.until_approved(note)
                result = land_queue(line, note=note)
            _landings(result, as_json=as_json)


@app.command()
def rework(
    change: Change,
    *,
    message: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="What is to be done")
    ],
    at: Annotated[
        list[str] | None, typer.Option(metavar="PATH:LINE", help="A place that is meant")
    ] = None,
    json_: Json = False,
) -> None:
    """Send a change back to the conversation it came from."""
    from darkfactory.factory.run_lock import by_which_run
    from darkfactory.gate.drilled import drill_words
    from darkfactory.gate.verdicts import rework as send_back

    room = _line(change).gate()
    found = room.find(change)
    send_back(room, found, by=who(), text=message, places=tuple(at or ()))
    after = f"the agent gets your words {by_which_run(room.state)}"
    if found.branch:
        after = (
            f"no agent made it; your words wait for who adds its next revision from {found.branch}"
        )
    _verdict(found.id, "rework", drill_words(room.find(found.id)) or after, json_=json_)


@app.command()
def close(
    change: Change,
    *,
    as_: Annotated[CloseAs, typer.Option("--as", help="Why it is closed")],
    message: Message = "",
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Close a change without landing it; its commits stay in the hub."""
    from darkfactory.gate.drilled import drill_words
    from darkfactory.gate.verdicts import close as close_change

    del yes  # nothing is destroyed: the commits stay under their ref
    room = _line(change).gate()
    found = room.find(change)
    close_change(room, found, by=who(), close_as=as_, text=message)
    after = "its item starts afresh" if as_ is CloseAs.REIMPLEMENT else "its item is done with"
    _verdict(found.id, "closed", drill_words(room.find(found.id)) or after, json_=json_)


@app.command()
def defer(
    change: Change,
    *,
    until: Annotated[str, typer.Option(metavar="WHEN", help="2h, 3d, or 2026-11-21T09:00:00Z")],
    json_: Json = False,
) -> None:
    """Put a change aside; it is back in the list then."""
    from darkfactory.gate.verdicts import defer as defer_change

    room = _line(change).gate()
    found = room.find(change)
    defer_change(room, found, by=who(), until=until)
    _verdict(found.id, "deferred", f"back in the list after {until}", json_=json_)


@app.command()
def log(*, json_: Json = False) -> None:
    """Show who judged what, when and why, oldest first."""
    from darkfactory.factory.show_gate import log_entries

    entries = log_entries(_line())
    if json_:
        print_json({"entries": entries})
        return
    from darkfactory.cli.gate_render import log_table
    from darkfactory.cli.terminal import width

    say(log_table(entries, width=width()))


def _hint_next(line: Any, bounced: Sequence[str]) -> None:
    """Tell how many changes still wait and which is next, or what to do about what *bounced*."""
    from darkfactory.factory.show_gate import gate_rows

    rows = gate_rows(line)
    waiting = [row["id"] for row in rows if row["state"] == "waiting_taste"]
    if not waiting:
        back = [row for row in rows if row["id"] in bounced]
        own = [add_again(row) for row in back if row["branch"]]
        after = "df run gives back what bounced" if back else "df status"
        hint(f"no change waits. Next: {own[0] if own else after}")
        return
    verb = "waits" if len(waiting) == 1 else "wait"
    hint(f"{counted(len(waiting), 'change')} {verb}. Next: df gate show {waiting[0]}")


def _next(change: dict[str, Any]) -> str:
    """Return what can be done with *change* as it stands."""
    match change["state"]:
        case "rework" | "bounced" | "checking" if change["branch"]:
            return f"Next: {add_again(change)}, once its commits are there; or df gate close"
        case "waiting_taste" | "deferred":
            return f"Next: df gate approve {change['id']}, or rework -m TEXT, close, defer"
        case "rework" | "bounced":
            return "Next: df run gives it back to its agent; or df gate close"
        case "abandoned":
            return f"Next: df run --item {change['item']} tries again; or df gate close"
        case "checking":
            return "Next: df run tests it, again once the base has moved"
        case "landed" | "closed" | "superseded":
            return "Next: df gate"
        case _:
            return "Next: df gate land"


def _line(*names: str) -> Any:
    """Return the factory, in which changes of these *names* are known."""
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    for name in names:
        if line.record.changes.get(name) is None:
            raise UnknownChange(name)
    return line


def _answer(text: str) -> tuple[int, bool]:
    number, equals, word = text.partition("=")
    numbered = number.isascii() and number.isdecimal() and len(number) < _MOST_DIGITS
    if not (equals and numbered and word.lower() in ("yes", "no")):
        raise BadAnswer(text)
    return int(number), word.lower() == "yes"


def _verdict(change: str, verdict: str, after: str, *, json_: bool) -> None:
    if json_:
        print_json({"change": change, "verdict": verdict})
    else:
        say(f"{change} {verdict}: {after}")


def _landings(result: dict[str, Any], *, as_json: bool, told: int = 0) -> int:
    """Say what landed, what bounced, what was refused; 1 when anything did not land.

    Args:
        told: How many of the warnings have been told before.
    """
    if as_json:
        print_json(result)
    else:
        from darkfactory.cli.gate_render import landing_lines

        say("\n".join(landing_lines(result)) or "nothing is approved")
    sys.stdout.flush()  # who reads a watching gate through a pipe hears of each landing
    for text in result["warnings"][told:]:
        hint(text)
    return 1 if result["bounced"] or result["refused"] else 0
