"""The one place where failures become words and exit statuses."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from darkfactory.cli.table import COMMANDS
from darkfactory.errors import FactoryError

USAGE = 2
BUG = 70
INTERRUPTED = 130
_COMPLETION = ("--install-completion", "--show-completion")

_HELP = """\
Usage: darkfactory [--version] COMMAND [ARGS]

Direct many coding agents; land only what deserves it.

  df init && df triage      sort the backlog into lanes
  df run --lanes 8          agents work the lanes, each in a workspace of its own
  df gate                   judge what they propose; what you approve lands green

Commands:
{commands}

Every reading command takes --json. `df COMMAND --help` tells more.
"""


def run(arguments: Sequence[str]) -> int:
    """Run one command; return the exit status."""
    as_json = "--json" in arguments
    try:
        return _dispatch(list(arguments))
    except FactoryError as error:
        _report(error.code, error.problem, error.fix, as_json=as_json)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has left; keep the interpreter from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is a bug of ours
        return _usage_or_bug(error, as_json=as_json)


def _dispatch(arguments: list[str]) -> int:
    completing = any(name.endswith("_COMPLETE") and "DF" in name for name in os.environ) or (
        "_DARKFACTORY_COMPLETE" in os.environ
    )
    if completing or (arguments and arguments[0] in _COMPLETION):
        return _status(_full_app()(args=arguments, prog_name="darkfactory"))
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        sys.stdout.write(help_text())
        return 0
    name, *rest = arguments
    if name == "--no-color":
        os.environ["NO_COLOR"] = "1"
        return _dispatch(rest)
    if name not in COMMANDS:
        return _unknown(name, as_json="--json" in arguments)
    return _status(app_of(name)(args=rest, prog_name=f"df {name}", standalone_mode=False))


def help_text() -> str:
    """Return the help of the program as a whole."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    return _HELP.format(commands="\n".join(lines))


def app_of(name: str) -> Any:
    """Return the typer application of command *name*, importing only its module."""
    return import_module(f"darkfactory.cli.{COMMANDS[name][0]}").app


def _full_app() -> Any:
    """Return all commands as one typer application: completion needs to see them all."""
    import typer

    app = typer.Typer(name="darkfactory", add_completion=True, rich_markup_mode=None)
    for name, (_, line) in COMMANDS.items():
        app.add_typer(app_of(name), name=name, help=line)
    return app


def _status(answer: object) -> int:
    return answer if isinstance(answer, int) else 0


def _unknown(name: str, *, as_json: bool) -> int:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    fix = f"did you mean `df {near[0]}`?" if near else "`df --help` lists the commands"
    _report("usage.command", f"there is no command {name!r}", fix, as_json=as_json)
    return USAGE


def _report(code: str, problem: str, fix: str, *, as_json: bool) -> None:
    if as_json:
        import json

        text = json.dumps({"error": {"code": code, "problem": problem, "fix": fix}})
    else:
        text = f"error: {problem}\n  fix: {fix}"
    sys.stderr.write(text + "\n")


def _usage_or_bug(error: Exception, *, as_json: bool) -> int:
    """Report a wrong command line (the parser's errors know how to word themselves), or a bug."""
    wording = getattr(error, "format_message", None)
    if callable(wording):
        context = getattr(error, "ctx", None)
        path = getattr(context, "command_path", "df")
        _report("usage", str(wording()), f"`{path} --help` shows how", as_json=as_json)
        return USAGE
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="darkfactory-bug-", suffix=".txt", delete=False
    ) as report:
        report.write("".join(traceback.format_exception(error)))
    problem = f"{type(error).__name__}: {error}"
    _report("bug", problem, f"this is a bug of ours; please send {report.name}", as_json=as_json)
    return BUG
