"""The help of every command ends with examples that its parser takes."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from darkfactory.cli.boundary import run
from darkfactory.cli.completion import program
from darkfactory.cli.examples import EXAMPLES
from darkfactory.cli.table import COMMANDS


def tree() -> dict[str, Any]:
    """Every command and every verb by its path."""

    def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        yield path, command
        for name, verb in getattr(command, "commands", {}).items():
            yield from walk(verb, f"{path} {name}")

    group = program(COMMANDS)
    return dict(pair for name in COMMANDS for pair in walk(group.commands[name], name))


def parse(line: str) -> str:
    """Parse a command line as the program does; return the path of the command it is for."""
    _, path, *words = shlex.split(line)
    command = tree()[path]
    context = command.make_context(path, list(words))
    while getattr(command, "commands", {}) and context._protected_args:
        left = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, left)
        path = f"{path} {name}"
        context = command.make_context(name, rest, parent=context)
    return path


def test_every_command_and_every_verb_has_one_to_three_examples() -> None:
    assert set(EXAMPLES) == set(tree())
    assert {len(lines) for lines in EXAMPLES.values()} <= {1, 2, 3}


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_parser_takes_every_example_of_a_command(path: str) -> None:
    for line in EXAMPLES[path]:
        assert parse(line).split()[: len(path.split())] == path.split()


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("path", EXAMPLES)
def test_the_help_ends_with_them_a_line_each(
    path: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run([*path.split(), option])

    shown = [line.strip() for line in capsys.readouterr().out.rstrip().splitlines()]
    assert status == 0
    assert shown[-1 - len(EXAMPLES[path]) :] == ["Examples:", *EXAMPLES[path]]


def test_no_example_is_wider_than_a_terminal() -> None:
    lines = [line for lines in EXAMPLES.values() for line in lines]

    assert [line for line in lines if len(line) > 76] == []
