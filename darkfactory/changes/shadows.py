"""Files that would run in place of what the harness runs: told by their names and places.

Python imports what lies in an import root before it looks where its own modules are, and a shell
finds what ``PATH`` names first. Whether they do so for a given run cannot be told from outside.
"""

import posixpath
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.changes.places import Place
from darkfactory.domain.change import FileDelta

_WRAPPERS = re.compile(
    r"bundle|bunx|command|coverage|dlx|env|exec|hatch|nice|nohup|npm|npx|pdm|pipenv|pixi|pnpm|pnpx"
    r"|poetry|run|rye|setsid|stdbuf|time|timeout|tox|uv|uvx|xvfb-run|yarn"
)
_SHELLS = frozenset({"bash", "dash", "sh", "zsh"})
# What pytest imports before any test; of its many plugins, the common ones.
_PYTEST = (
    *("_pytest", "exceptiongroup", "iniconfig", "packaging", "pluggy", "py", "pygments", "tomli"),
    *("coverage", "pytest_asyncio", "pytest_cov", "pytest_mock", "pytest_timeout", "xdist"),
)
_AT_START = frozenset({"sitecustomize", "usercustomize"})
# CPython's own tests: nobody imports them, and many projects call their tests so.
_STANDARD = (sys.stdlib_module_names - {"test"}) | _AT_START
_PROGRAM = re.compile(r"[A-Za-z_][\w.+-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_CODE = re.compile(
    r"(?P<name>\w+)\.(?:py|pyc|pyw|pyd|so|(?:cpython|cp|abi3|pypy)[\w.-]*\.(?:so|pyd))"
)
_RUN_MODULE = re.compile(r"-[A-Za-z]*?m(?P<name>[a-z_][\w.]*)?")
_SCRIPT_ENDS = frozenset({"", ".sh", ".bash", ".py", ".js", ".cjs", ".mjs", ".rb", ".cmd", ".bat"})


@dataclass(frozen=True, slots=True)
class Runs:
    """What commands run: *programs* by name, and Python *modules* that they need."""

    programs: frozenset[str]
    modules: frozenset[str]


def runs_of(commands: Iterable[str]) -> Runs:
    """Return what the shell *commands* run, as far as their words tell."""
    programs: set[str] = set()
    modules: set[str] = set()
    for words in (words for command in commands for words in _simple(command)):
        programs.update(_programs(words))
        modules.update(_modules(words))
    modules.update(name for name in programs if not _WRAPPERS.fullmatch(name))
    if "pytest" in modules:
        modules.update(_PYTEST)
    return Runs(frozenset(programs), frozenset(modules))


def shadows(
    deltas: Iterable[FileDelta], runs: Runs, is_package: Callable[[str], bool]
) -> tuple[Place, ...]:
    """Return the new files that stand where something that the checks need is looked for.

    Args:
        is_package: Tells whether a folder is a Python package, and so no import root.
    """
    found = []
    for delta in deltas:
        if delta.status in "ARCT":
            why = _shadowed(delta, runs, is_package)
            found += [Place(delta.path, 0, why)] if why else []
    return tuple(found)


def _shadowed(delta: FileDelta, runs: Runs, is_package: Callable[[str], bool]) -> str:
    module, folder = _module(delta)
    if module in runs.modules | _STANDARD and not (folder and is_package(folder)):
        whose = "of the harness command" if module in runs.modules else "of Python itself"
        return f"stands in for the module {module} {whose}"
    stem, end = posixpath.splitext(posixpath.basename(delta.path))
    if stem.casefold() in {name.casefold() for name in runs.programs} and _is_program(delta, end):
        return f"stands in for the program {stem} of the harness command"
    return ""


def _module(delta: FileDelta) -> tuple[str, str]:
    """Return the module that a path makes importable, and the folder it is imported from."""
    folder, name = posixpath.split(delta.path)
    if delta.is_symlink or delta.is_submodule:
        return name.partition(".")[0].casefold(), folder
    code = _CODE.fullmatch(name)
    if code is None:
        return "", folder
    if code["name"] in ("__init__", "__main__"):
        folder, package = posixpath.split(folder)
        return package.casefold(), folder
    return code["name"].casefold(), folder


def _is_program(delta: FileDelta, end: str) -> bool:
    """Tell whether a path can be run; a script with an ending only where programs are kept."""
    if not end or delta.mode == "100755":
        return end in _SCRIPT_ENDS
    folder = posixpath.basename(posixpath.dirname(delta.path))
    return end in _SCRIPT_ENDS and folder in ("", "bin", ".bin", "scripts")


def _simple(command: str) -> Iterator[list[str]]:
    """Yield the words of each simple command in *command*, without its assignments."""
    words: list[str] = []
    for word in [*_words(command), ";"]:
        if not word.strip("();<>|&\n"):
            if words:
                yield words
                yield from _inner(words)
            words = []
        elif words or not _ASSIGNMENT.fullmatch(word):
            words.append(word)


def _inner(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the commands that a shell is told to run by ``-c``."""
    if posixpath.basename(words[0]) in _SHELLS and "-c" in words[1:-1]:
        yield from _simple(words[words.index("-c") + 1])


def _words(command: str) -> list[str]:
    lexer = shlex.shlex(command.replace("\n", ";"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a quotation that does not end: the shell will say so
        return command.split()


def _programs(words: Sequence[str]) -> Iterator[str]:
    """Yield the program of a simple command, and the one that a wrapper of it runs.

    What follows an option of a wrapper may be its value or the program: it counts as both.
    """
    behind_option = False
    for word in words:
        name = posixpath.basename(word)
        if word.startswith("-"):
            behind_option = True
        elif _PROGRAM.fullmatch(name) and not _ASSIGNMENT.fullmatch(word):
            yield name
            if not _WRAPPERS.fullmatch(name) and not behind_option:
                return
            behind_option = False


def _modules(words: Sequence[str]) -> Iterator[str]:
    """Yield the top-level modules that Python is told to run by ``-m``."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option = _RUN_MODULE.fullmatch(word)
        if option is not None:
            yield (option["name"] or following).partition(".")[0].casefold()
