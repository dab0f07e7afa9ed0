"""The typer application of each command: how all are made, and which one a name means."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from darkfactory.cli.table import COMMANDS

if TYPE_CHECKING:
    import typer


def app_of(name: str) -> Any:
    """Return the typer application of command *name*, importing only its module."""
    return import_module(f"darkfactory.cli.{COMMANDS[name][0]}").app


def new_app() -> "typer.Typer":
    """Return a new typer application, to which a command's module adds its function or verbs.

    Plain help, since the rich one costs 60 ms; our own boundary instead of typer's tracebacks; no
    completion of its own, since :mod:`darkfactory.cli.completion` is for the whole program.
    """
    import typer

    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
