"""``df run``: work the plan until nothing is left to start."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import hint, say
from darkfactory.domain.counting import counted
from darkfactory.domain.event import Event
from darkfactory.errors import UnknownAgent

app = new_app()

TERMINATED = 143


@app.command()
def run(
    *,
    lanes: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Sessions at once over all lanes")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use this agent in every lane")
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Work on this item only", autocompletion=choices.items),
    ] = None,
    lane: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Work this lane only", autocompletion=choices.lanes),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and start what comes")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Start all on a base that is red or cannot be checked")
    ] = False,
    unconfined: Annotated[
        bool, typer.Option("--unconfined", help="Accept what this host cannot enforce; recorded")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="End the running sessions; keep what they did")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print events as JSON lines")] = False,
) -> int:
    """Work the plan until nothing is left to start; a rerun resumes."""
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    if stop:
        return _stop(line)
    from darkfactory.factory.run_lanes import RunOptions

    if agent is not None and agent not in line.settings.agents:
        raise UnknownAgent(agent, list(line.settings.agents))
    options = RunOptions(lanes, agent, item, lane, watch, force, unconfined)
    signal.signal(signal.SIGTERM, _terminated)
    if unconfined:
        os.environ["DARKFACTORY_UNCONFINED"] = "1"
    return _work(line, options, as_json=json_)


def _work(line: Any, options: Any, *, as_json: bool) -> int:
    from darkfactory.factory.notify import notifying
    from darkfactory.factory.run_lock import run_lock

    if line.is_new:
        from darkfactory.factory.host_room import check_room
        from darkfactory.factory.triage_backlog import present_plan

        check_room(line, options.lanes)
        present_plan(line)  # what it refuses leaves nothing behind
    with run_lock(line.state):
        try:
            with notifying(line.state, line.caller, lambda _: None):  # the record tells of trouble
                return _report(line, options, as_json=as_json)
        except KeyboardInterrupt:
            return _detach(line)


def _report(line: Any, options: Any, *, as_json: bool) -> int:
    """Work, and tell about it: while it goes on, and what came of it."""
    from darkfactory.cli.board import reporter

    ended = []
    try:
        with reporter(line, as_json=as_json) as report:
            from darkfactory.factory.run_command import run_line  # takes long enough to be seen

            def tell(event: Event) -> None:
                report.event(event)
                ended.extend([event] if event.type == "run.finished" else [])

            summary = run_line(line, options, tell, report.note, report.step)
    finally:
        if ended and not as_json:  # also where something that could not start is told as an error
            _close(line, options)
    return 0 if summary.good else 1


def _close(line: Any, options: Any) -> None:
    """Tell what the run came to and what is next."""
    from darkfactory.cli.closing_render import closing_screen
    from darkfactory.cli.terminal import width
    from darkfactory.factory.closing import read_closing

    closing = read_closing(line, item=options.item, lane=options.lane)
    say(closing_screen(closing, width=width()))
    sys.stdout.flush()
    hint(f"Next: {closing.next}")


def _detach(line: Any) -> int:
    """Leave the agents to themselves; a second Ctrl-C within a moment ends them."""
    from darkfactory.cli.steps import steps
    from darkfactory.factory.run_lock import GRACE_SECONDS
    from darkfactory.factory.stop import stop_sessions

    line.record.refresh()
    open_ones = [row.id for row in line.record.sessions.values() if row.outcome is None]
    if not open_ones:
        return 130
    verb = "goes" if len(open_ones) == 1 else "go"
    agents = f"{counted(len(open_ones), 'agent')} {verb} on"
    hint(f"detached: {agents}; `df run` adopts what works, `df run --stop` ends it")
    if not sys.stdin.isatty():
        return 130
    try:
        with steps() as step:  # a line that goes once it is true no more
            step(f"Ctrl-C again within {GRACE_SECONDS:.0f} s ends them; what they did is kept")
            line.clock.sleep(GRACE_SECONDS)
    except KeyboardInterrupt:
        hint(f"asked {_to_end(stop_sessions(line, by=who()).sessions)}")
    return 130


def _stop(line: Any) -> int:
    from darkfactory.factory.stop import stop_sessions

    stopped = stop_sessions(line, by=who())
    if stopped.sessions:
        say("\n".join(stopped.sessions))
        hint(f"asked {_to_end(stopped.sessions)}")
    else:
        say("stopped df run" if stopped.run else "nothing is running")
    return 0


def _to_end(sessions: Sequence[str]) -> str:
    them = "it" if len(sessions) == 1 else "them"
    what = f"{counted(len(sessions), 'session')} to end; what was done is kept"
    return f"{what}; `df run` starts {them} again"


def _terminated(_number: int, _frame: object) -> None:
    raise SystemExit(TERMINATED)
