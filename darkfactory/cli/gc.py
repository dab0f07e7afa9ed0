"""``df gc``: show what would be swept, with proof; sweep it, or undo the last sweep."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import confirm, hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.errors import UsageError

app = new_app()


class ApplyOrUndo(UsageError):
    """A sweep and its undoing were asked for at once."""

    code = "gc.both"

    def __init__(self) -> None:
        super().__init__("--apply and --undo contradict each other", fix="give one of them")


@app.command()
def gc(
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Sweep what the plan names")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last sweep back")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Show what would be swept, with proof; sweep it into the trash, or undo that."""
    from darkfactory.factory.line import open_line

    if apply and undo:
        raise ApplyOrUndo
    line = open_line(repository_root())
    if undo:
        return _undo(line, json_=json_)
    from darkfactory.factory.sweep import plan_sweep

    plan = plan_sweep(line)
    if apply:
        return _apply(line, plan, yes=yes, json_=json_)
    _show(plan, json_=json_)
    return 0


def _show(plan: Any, *, json_: bool) -> None:
    if json_:
        print_json({"applied": False, **plan.body()})
        return
    say(_screen(plan))
    if not plan.items:
        hint("Next: df status")
        return
    back = "; df gc --undo takes it back" if _comes_back(plan.items) else ""
    hint(f"{_things(plan.items)}. Next: df gc --apply{back}")


def _apply(line: Any, plan: Any, *, yes: bool, json_: bool) -> int:
    from darkfactory.factory.sweep import apply_sweep

    if not yes:
        _ask(plan)
    done = apply_sweep(line, plan)
    if json_:
        print_json({"applied": True, **_body(done)})
    else:
        say(f"swept {_things(done.done)}" if done.done else "nothing to sweep")
        _say_left(done)
        if _comes_back(done.done):
            hint("they lie in the trash: df gc --undo brings them back")
    return 0


def _ask(plan: Any) -> None:
    if not plan.items:
        return
    hint(_screen(plan))
    if not confirm(f"sweep {_things(plan.items)}", yes=False):
        raise typer.Exit(1)


def _undo(line: Any, *, json_: bool) -> int:
    from darkfactory.factory.sweep import undo_sweep

    done = undo_sweep(line)
    if json_:
        print_json({"undone": True, **_body(done)})
    else:
        say(f"brought back {_things(done.done)}")
        _say_left(done)
    return 1 if done.left else 0


def _body(done: Any) -> dict[str, Any]:
    left = [{"name": name, "reason": reason} for name, reason in done.left]
    return {**done.body(), "left": left}


def _screen(plan: Any) -> str:
    from darkfactory.cli.gc_render import plan_screen
    from darkfactory.cli.terminal import width

    return plan_screen(plan, width=width())


def _comes_back(found: Sequence[Any]) -> bool:
    """Tell whether a sweep of *found* leaves something that can be taken back."""
    from darkfactory.workspaces.gc import FOR_GOOD

    return any(item.kind not in FOR_GOOD for item in found)


def _things(found: Sequence[Any]) -> str:
    """Return how many things *found* are, and how much they take."""
    from darkfactory.workspaces.sizes import in_words

    return f"{counted(len(found), 'thing')} ({in_words(sum(item.bytes for item in found))})"


def _say_left(done: Any) -> None:
    for name, reason in done.left:
        hint(f"left {name}: {reason}")
