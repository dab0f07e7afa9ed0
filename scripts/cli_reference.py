"""docs/cli.md: every command with its options, from the typer applications themselves.

typer's own help follows the terminal and changes with its version, so the text is made here: 80
columns, one line of usage, the words of the help.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

from darkfactory.cli.completion import program
from darkfactory.cli.examples import EXAMPLES
from darkfactory.cli.table import COMMANDS

_WIDTH = 80
_NAMES = 26

_HEAD = """\
# Commands

`darkfactory` and `df` are the same program. Called as `df` with what the system's disk-free
understands and we do not (`df -h`, `df /`, `df -k .`, or nothing at all where the output is no
terminal), it hands over to the next `df` on `PATH`.

- The result goes to standard output and nothing else does; progress, hints and errors go to
  standard error.
- Every reading command takes `--json`: one object with `"version": 1`; `run`, `sessions follow`
  and `waffle score` print one object a line. An error is then one object on standard error
  ([errors.md](errors.md)).
- A step that destroys something or reaches outside asks on a terminal and needs `--yes`
  elsewhere. No prompt is ever required.
- Colour and the live board appear only on a terminal without `NO_COLOR`, `TERM=dumb` or
  `--no-color`.

| exit status | means |
| --- | --- |
| 0 | done; the answer is yes |
| 1 | everything worked, the answer is no: a session failed, a change bounced, something is wrong |
| 2 | asked wrongly: arguments, lanes.yaml, backlog |
| 3 | the surroundings are not ready: git, an agent's program, a lock, the disk, confinement |
| 70 | a bug of ours; a report file is named |
| 130, 143 | interrupted, terminated |

| variable | does |
| --- | --- |
| `DARKFACTORY_USER` | how the log names you; otherwise your login name |
| `DARKFACTORY_ENGINE_URL` | PostgreSQL for the engine instead of the repository's SQLite file |
| `DARKFACTORY_DIRECT_HOSTS` | not empty: start each session by itself, without the fork server |
| `DARKFACTORY_UNCONFINED` | set by `df run --unconfined`: the harness may run unconfined too |
| `DF_SESSION_URL`, `DF_SESSION_TOKEN` | the session that `df emit` writes to, and what allows it |
| `DF_SESSION_SOCKET` | the Unix socket by which `df emit` reaches the server without a network |
| `NO_COLOR`, `COLUMNS` | as everywhere |

Completion is for `darkfactory` alone, since `df` is disk-free's to complete:
`darkfactory --install-completion`, or `darkfactory --show-completion bash|zsh|fish` for the script.
"""


def cli_reference() -> str:
    """Return the page."""
    group = program(COMMANDS)
    parts = [_HEAD]
    for name, (_, line) in COMMANDS.items():
        parts.extend(_sections(group.commands[name], f"df {name}", line, level=2))
    return "\n".join(parts)


def _sections(command: Any, path: str, line: str, *, level: int) -> Iterator[str]:
    """Yield the section of *command*, then those of its verbs."""
    verbs = getattr(command, "commands", {})
    said = " ".join((command.help or line).split()).removesuffix(".")
    callable_alone = not verbs or command.invoke_without_command
    body = f"{_usage(command, path, verbs=bool(verbs))}\n{_parameters(command)}".rstrip()
    examples = EXAMPLES.get(path.removeprefix("df "), ())
    body += "".join(["\n\nExamples:", *(f"\n  {line}" for line in examples)])
    block = f"\n```\n{body}\n```\n" if callable_alone else ""
    yield f"{'#' * level} {path}\n\n{said}.\n{block}"
    for name, verb in verbs.items():
        yield from _sections(verb, f"{path} {name}", "", level=level + 1)


def _usage(command: Any, path: str, *, verbs: bool) -> str:
    words = [_in_usage(each) for each in _shown(command)]
    if verbs:
        words.append("[VERB …]")
    # Brackets belong together: a break inside of "[--from TEXT]" would be hard to read.
    glued = [word.replace(" ", "\0") for word in words]
    text = textwrap.fill(
        " ".join([path.replace(" ", "\0"), *glued]),
        _WIDTH,
        subsequent_indent=" " * (len(path) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return text.replace("\0", " ")


def _parameters(command: Any) -> str:
    lines = []
    for each in _shown(command):
        name = ", ".join(sorted(each.opts, key=len)) if _is_option(each) else _value(each)
        if _is_option(each) and not each.is_flag:
            name += f" {_value(each)}"
        gap = "" if len(name) < _NAMES else "\n" + " " * (_NAMES + 2)
        text = f"  {name:<{_NAMES}}" if not gap else f"  {name}{gap}"
        filled = textwrap.fill(
            _told(each),
            _WIDTH,
            initial_indent=" " * (_NAMES + 2),
            subsequent_indent=" " * (_NAMES + 2),
        )
        lines.append((text + filled.lstrip()).rstrip())
    return "\n" + "\n".join(lines) if lines else ""


def _shown(command: Any) -> list[Any]:
    """Return the parameters of *command*, arguments first."""
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    return sorted(shown, key=_is_option)


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _in_usage(parameter: Any) -> str:
    if not _is_option(parameter):
        name = _value(parameter)
        many = "…" if parameter.nargs < 0 and not parameter.metavar else ""
        return f"{name}{many}" if parameter.required or parameter.metavar else f"[{name}{many}]"
    name = min(parameter.opts, key=len)
    text = name if parameter.is_flag else f"{name} {_value(parameter)}"
    many = "…" if parameter.multiple else ""
    return f"{text}{many}" if parameter.required else f"[{text}]{many}"


def _value(parameter: Any) -> str:
    """Return how the value of *parameter* is written: its choices, N, or its name in capitals."""
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    if parameter.metavar:
        return str(parameter.metavar).replace("...", "…")
    if "Int" in type(parameter.type).__name__:
        return "N"
    name = max(parameter.opts, key=len).lstrip("-") if _is_option(parameter) else parameter.name
    return str(name).upper().rstrip("_")


def _told(parameter: Any) -> str:
    default = parameter.default
    shown = f" (default: {getattr(default, 'value', default)})"
    plain = default is None or isinstance(default, bool) or default in ("", [], ())
    return f"{parameter.help or ''}{'' if plain else shown}"
