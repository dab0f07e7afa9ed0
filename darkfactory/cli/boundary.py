"""The one place where failures become words and exit statuses."""

import errno
import os
import sys
from collections.abc import Sequence

from darkfactory.cli.apps import app_of
from darkfactory.cli.output import plain
from darkfactory.cli.table import COMMANDS
from darkfactory.errors import DiskFull, FactoryError, NotReady

USAGE = 2
BUG = 70
INTERRUPTED = 130
_REFUSALS = frozenset(
    {
        errno.EACCES, errno.EPERM, errno.EROFS,  # somebody else's
        errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY,  # something in the way
        errno.ENXIO, errno.ELOOP, errno.ENAMETOOLONG,  # an odd path
        errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM,  # at its limits
        errno.EIO, errno.ESTALE, errno.ENOLCK,  # a broken disk, or one without locks
    }
)  # fmt: skip
_HELP_OPTIONS = frozenset({"-h", "--help"})
_COMPLETION = ("--install-completion", "--show-completion")

_HELP = """\
Usage: darkfactory [--version] COMMAND [ARGS]

Direct many coding agents; land only what deserves it.

  df init && df triage    sort the backlog into lanes
  df run --lanes 8        agents work the lanes, each in its own workspace
  df gate                 judge what they propose; what you approve lands green

Commands:
{commands}

Every reading command takes --json. `df COMMAND --help` tells more.
"""


class SystemRefused(NotReady):
    """The operating system does not let us read or write what a command needs."""

    code = "system.refused"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"the system refused: {said}",
            fix="see who owns the path and how its disk is (`df doctor`), then run it again",
        )


def run(arguments: Sequence[str]) -> int:
    """Run one command; return the exit status."""
    as_json = _wants_json(arguments)
    _set_output(as_json=as_json)
    try:
        status = _dispatch(list(arguments))
        sys.stdout.flush()  # here, where a reader that has left is no failure
    except FactoryError as error:
        return _failed(error, as_json=as_json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _refused(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is a bug of ours
        return _usage_or_bug(error, as_json=as_json)
    return status


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in arguments or "--format json" in " ".join(arguments).replace("=", " ")


def _dispatch(arguments: list[str]) -> int:
    if "_DARKFACTORY_COMPLETE" in os.environ or (arguments and arguments[0] in _COMPLETION):
        from darkfactory.cli.completion import complete

        return complete(arguments)
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        sys.stdout.write(help_text())
        return 0
    name, *rest = arguments
    if name == "--no-color":
        os.environ["NO_COLOR"] = "1"
        return _dispatch(rest)
    if name not in COMMANDS:
        return _unknown(name, as_json=_wants_json(arguments))
    return _invoke(name, rest)


def _invoke(name: str, arguments: list[str]) -> int:
    """Run command *name* past typer's own handling of failures, which is made for other texts."""
    import typer

    command = typer.main.get_command(app_of(name))
    if not _HELP_OPTIONS.isdisjoint(arguments):
        from darkfactory.cli.examples import add_examples

        add_examples(command, name)
    options = sorted(_HELP_OPTIONS)
    try:
        with command.make_context(f"df {name}", arguments, help_option_names=options) as context:
            answer = command.invoke(context)
    except typer.Exit as ended:  # --help, and what asks for a status
        return ended.exit_code
    return answer if isinstance(answer, int) else 0


def help_text() -> str:
    """Return the help of the program as a whole."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    return _HELP.format(commands="\n".join(lines))


def _set_output(*, as_json: bool) -> None:
    """Let half a surrogate pair, which an agent may send, be written as its JSON escape.

    JSON is UTF-8 whatever the locale says; for people the locale counts.
    """
    import io

    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = "utf-8" if as_json else None
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _unknown(name: str, *, as_json: bool) -> int:
    import difflib

    near = difflib.get_close_matches(name, [*COMMANDS, "--version"], n=1)
    fix = f"did you mean `df {near[0]}`?" if near else "`df --help` lists the commands"
    _report("usage.command", f"there is no command {name!r}", fix, as_json=as_json)
    return USAGE


def _failed(error: FactoryError, *, as_json: bool) -> int:
    _report(error.code, error.problem, error.fix, as_json=as_json)
    return error.exit_status


def _refused(error: OSError, *, as_json: bool) -> int:
    """Tell a reader that has left, a full disk and a missing permission from a bug of ours."""
    from darkfactory.files import is_disk_full

    if isinstance(error, BrokenPipeError) and _reader_left():
        return 0
    _give_up_output()
    if is_disk_full(error):
        return _failed(DiskFull(error.filename or "its output"), as_json=as_json)
    if error.errno in _REFUSALS:
        return _failed(SystemRefused(str(error)), as_json=as_json)
    return _usage_or_bug(error, as_json=as_json)


def _reader_left() -> bool:
    """Tell whether whoever reads our output has gone; then nothing more is written there."""
    import select

    left = False
    for stream in (sys.stdout, sys.stderr):
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        if poll.poll(0):  # an error or a hang-up is told without being asked for
            left = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return left


def _give_up_output() -> None:
    """Keep the interpreter from trying once more, at exit, to write what cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(code: str, problem: str, fix: str, *, as_json: bool) -> None:
    if as_json:
        import json

        text = json.dumps({"error": {"code": code, "problem": problem, "fix": fix}})
    else:
        text = plain(f"error: {problem}\n  fix: {fix}")
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:  # nobody can be told, but by the status; nor may Python try again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _usage_or_bug(error: Exception, *, as_json: bool) -> int:
    """Report a wrong command line (the parser's errors know how to word themselves), or a bug."""
    wording = getattr(error, "format_message", None)
    if callable(wording):
        context = getattr(error, "ctx", None)
        path = getattr(context, "command_path", "df")
        _report("usage", str(wording()), f"`{path} --help` shows how", as_json=as_json)
        return USAGE
    return _bug(error, as_json=as_json)


def _bug(error: Exception, *, as_json: bool) -> int:
    command = next((word for word in sys.argv[1:] if word in COMMANDS), "")
    try:
        from darkfactory.cli.bug_report import write_report

        fix = f"this is a bug of ours; please send {write_report(error, command)}"
    except OSError as refused:
        fix = f"this is a bug of ours, and its report could not be written: {refused}"
    _report("bug", f"{type(error).__name__}: {error}", fix, as_json=as_json)
    return BUG
