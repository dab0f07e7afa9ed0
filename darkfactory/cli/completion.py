"""Completion for bash, zsh and fish, by typer's own scripts; for ``darkfactory`` alone.

Never for ``df``: that name is disk-free's to complete. Only the module of a command that is being
typed is imported, so a key press stays cheap.
"""

import os
from collections.abc import Collection, Sequence
from typing import Any

from darkfactory.cli.apps import app_of
from darkfactory.cli.output import hint, say
from darkfactory.cli.table import COMMANDS
from darkfactory.errors import UsageError

PROGRAM = "darkfactory"
COMPLETING = "_DARKFACTORY_COMPLETE"
INSTALL, SHOW = "--install-completion", "--show-completion"
SHELLS = ("bash", "zsh", "fish")
_TYPED = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
_OPTIONS = {
    "--version": "Show the version",
    "--no-color": "Do not colour what is shown",
    INSTALL: "Install completion for this shell, or for bash, zsh or fish",
    SHOW: "Show the completion script",
}


class UnknownShell(UsageError):
    """A shell that there is no completion for, or none that could be told."""

    code = "completion.shell"

    def __init__(self, shell: str | None) -> None:
        found = f"no completion for {shell!r}" if shell else "cannot tell which shell this is"
        super().__init__(found, fix=f"name one: darkfactory {SHOW} {'|'.join(SHELLS)}")


def complete(arguments: Sequence[str]) -> int:
    """Answer a shell that completes, or show or install the script that makes it ask.

    Raises:
        UnknownShell: If the script is wanted for a shell that has none.
    """
    asked = os.environ.get(COMPLETING)
    if asked:
        return _answer(asked)
    from typer._completion_shared import get_completion_script, install

    shell = _shell(arguments[1:])
    if arguments[0] == SHOW:
        say(get_completion_script(prog_name=PROGRAM, complete_var=COMPLETING, shell=shell))
        return 0
    _, path = install(shell=shell, prog_name=PROGRAM, complete_var=COMPLETING)
    say(f"{shell} completion installed in {path}")
    hint("It works in terminals that you open from now on.")
    return 0


def _answer(instruction: str) -> int:
    from typer._completion_classes import completion_init
    from typer.completion import shell_complete

    completion_init()
    typed = " ".join(os.environ.get(name, "") for name in _TYPED).split()
    status: int = shell_complete(
        program(typed), {}, prog_name=PROGRAM, complete_var=COMPLETING, instruction=instruction
    )
    return status


def program(wanted: Collection[str]) -> Any:
    """Return all commands as one typer group; those not *wanted* have a name and a help line only.

    The group is for completion and for the reference; it is never invoked.
    """
    from typer.core import TyperCommand, TyperGroup, TyperOption
    from typer.main import get_command

    commands = {
        name: get_command(app_of(name)) if name in wanted else TyperCommand(name)
        for name in COMMANDS
    }
    for name, (_, line) in COMMANDS.items():
        commands[name].name, commands[name].short_help = name, line
    options = [TyperOption(param_decls=[name], help=text) for name, text in _OPTIONS.items()]
    return TyperGroup(name=PROGRAM, commands=commands, params=options)


def _shell(words: Sequence[str]) -> str:
    from typer._completion_shared import _get_shell_name

    shell = words[0] if words else _get_shell_name()
    if shell not in SHELLS:
        raise UnknownShell(shell)
    return shell
