"""Read lanes.yaml: text in, :class:`Settings` out, and a place and a way out for every mistake."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from darkfactory.config import problems, yamltree
from darkfactory.config.problems import LanesInvalid, LanesMissing, Path, Problem, key_path, shown
from darkfactory.config.scalars import BadYaml
from darkfactory.domain.settings import Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MOST_BYTES = 4 * yamltree.SETTINGS.characters
_REFERENCE = "docs/lanes.md lists every key"


def load_settings(path: FilePath) -> Settings:
    """Return the settings that the lanes.yaml at *path* describes.

    Raises:
        LanesMissing: If there is no such file.
        LanesInvalid: If it cannot be read, or is not a valid lanes.yaml; names line and key.
    """
    try:
        if not path.is_file() and path.exists():
            raise LanesInvalid(path.name, None, "", "is not a file", fix="move it out of the way")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise LanesMissing(path) from error
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise LanesInvalid(
            path.name, None, "", f"cannot be read: {said}", fix="check the permissions of the file"
        ) from error
    try:
        return parse_settings(raw.decode("utf-8"), path.name)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LanesInvalid(
            path.name, line, "", "not UTF-8", fix="save the file as UTF-8"
        ) from error


def parse_settings(text: str, name: str = "lanes.yaml") -> Settings:
    """Return the settings that *text* describes; *name* is the file that errors tell.

    Raises:
        LanesInvalid: If *text* is not a valid lanes.yaml; names the first wrong line and key.
    """
    try:
        tree = yamltree.parse(text)
        given = None if tree is None else yamltree.plain(tree)
    except BadYaml as error:
        raise LanesInvalid(name, error.line, "", error.problem, fix=error.fix) from error
    if tree is None or not isinstance(given, dict):
        found = "nothing" if given is None else shown(given)
        raise LanesInvalid(name, 1, "", f"must be a mapping of keys, not {found}", fix=_HARNESS_FIX)
    try:
        return _settings(given)
    except _Wrong as wrong:
        first, line = _first(wrong.problems, tree)
        more = len(wrong.problems) - 1
        what = first.what if not more else f"{first.what} (and {more} more to mend)"
        raise LanesInvalid(name, line, key_path(first.path), what, fix=first.fix) from wrong


class _Wrong(Exception):
    """The values do not fit; holds every problem, in no order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


def _settings(given: dict[str, Any]) -> Settings:
    from pydantic import ValidationError

    from darkfactory.config.checks import cross_check
    from darkfactory.config.values import settings_of
    from darkfactory.config.wire import LanesFile

    try:
        file = LanesFile.model_validate(given)
    except ValidationError as error:
        raise _Wrong(_problems(error.errors(), given)) from error
    found = list(cross_check(file))
    if found:
        raise _Wrong([replace(problem, path=_reached(problem.path, given)) for problem in found])
    return settings_of(file)


def _first(found: Iterable[Problem], tree: yamltree.Node) -> tuple[Problem, int]:
    """Return what to tell first, and its line: what is there and wrong, then what is missing."""
    lines = [(yamltree.line_at(tree, problem.path), problem) for problem in found]
    line, problem = min(lines, key=lambda pair: (pair[1].missing, pair[0]))
    return problem, line


def _problems(details: Iterable["ErrorDetails"], given: dict[str, Any]) -> list[Problem]:
    """Return the findings of the validator; a misspelt key that is missing is one, not two."""
    found = [_problem(detail, given) for detail in details]
    meant = {problem.meant for problem in found}
    return [problem for problem in found if not (problem.missing and problem.path in meant)]


def _problem(detail: "ErrorDetails", given: dict[str, Any]) -> Problem:
    """Return one finding of the validator in our words."""
    path = _reached(detail["loc"], given)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        fix = _HARNESS_FIX if path == ("harness",) else _example(path)
        return Problem(path, "is missing", fix, missing=True)
    said = _SAID.get(kind, "{msg}").format(msg=detail["msg"], **detail.get("ctx", {}))
    value = detail["input"]
    if kind == "whole":
        return Problem(path, said, _example(path))
    if kind == "string_type" and isinstance(value, int | float):
        return Problem(path, f"{said}, not {shown(value)}", f'put it in quotes: "{shown(value)}"')
    return Problem(path, f"{said}, not {shown(value)}", _example(path))


_SAID = {
    "whole": "{said}",
    "shape": "{must}",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}
_HARNESS_FIX = (
    "say how this project checks itself, for example `harness: {command: python -m pytest -q}`"
)


def _reached(location: tuple[int | str, ...], given: Any) -> Path:
    """Return *location* without the steps that the validator took and the text has not."""
    path: list[int | str] = []
    for part in location:
        if isinstance(part, str) and part != "[key]" and isinstance(given, dict):
            given = given.get(part)
        elif isinstance(part, int) and isinstance(given, list):
            given = given[part]
        else:
            break
        path.append(part)
    return tuple(path)


def _unknown_key(path: Path) -> Problem:
    from darkfactory.config.schema import keys_at

    known = keys_at(path[:-1])
    best = problems.nearest(str(path[-1]), known)
    return Problem(
        path,
        f"is not a known key; did you mean {best}?",
        f"write `{best}`, or take the line out; known here: {', '.join(known)}",
        meant=None if best is None else (*path[:-1], best),
    )


def _example(path: Path) -> str:
    from darkfactory.config.schema import example_at

    example = example_at(path)
    return f"write for example `{example}`; {_REFERENCE}" if example else _REFERENCE
