"""What a check may say: untrusted data in, one :class:`Check` out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.config.problems import nearest, shown
from darkfactory.errors import UsageError
from darkfactory.skills.checks.patterns import pattern_problem
from darkfactory.skills.checks.python_query import query_problem

_ENVELOPE = ("id", "weight", "nn")
_PATTERN_KEYS = ("all", "any", "none")
_CALL_KEYS = ("tool", "arg")
_GIT_GLOBS = ("untouched", "touched", "only")
_GIT_LIMITS = ("max_files", "max_added", "max_removed")
_MOST_VOTES = 9
_NEEDS_MORE = frozenset({"run", "judge"})


class CheckInvalid(UsageError):
    """A check that cannot be what it says."""

    code = "check.invalid"

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where} {what}", fix="see docs/checks.md for what a check may say")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: *kind* is its word, *body* what stands behind it.

    *weight* 0 is reported and counts for nothing; *nn* is the non-negotiable that it judges.
    """

    kind: str
    body: Any
    id: str = ""
    weight: float = 1.0
    nn: str | None = None

    @property
    def is_pure(self) -> bool:
        """Whether :func:`judge` can tell: the others need a process or a model."""
        return self.kind not in _NEEDS_MORE


class _Wrong(Exception):
    """What is wrong, as the rest of a sentence that begins with the check's place."""


def parse_check(given: Any, where: str = "the check") -> Check:
    """Return the check that *given* writes; *where* names its place in errors.

    Raises:
        CheckInvalid: If it is not one; names the first thing that is wrong.
    """
    try:
        return _parsed(given)
    except _Wrong as wrong:
        raise CheckInvalid(where, str(wrong)) from None


def _parsed(given: Any) -> Check:
    if not isinstance(given, Mapping):
        raise _Wrong(
            f"must be a mapping such as {{git: {{untouched: [GLOB]}}}}, not {shown(given)}"
        )
    kinds = [key for key in given if key not in _ENVELOPE]
    if len(kinds) != 1:
        raise _Wrong(f"must have exactly one of {', '.join(KINDS)}")
    kind = kinds[0]
    if kind not in KINDS:
        raise _Wrong(f"has no kind {shown(kind)}; did you mean {nearest(str(kind), KINDS)}?")
    KINDS[kind](given[kind])
    return Check(
        kind=kind,
        body=given[kind],
        id=_text(given.get("id", ""), "id", empty=True),
        weight=_number(given.get("weight", 1), "weight"),
        nn=None if given.get("nn") is None else _text(given["nn"], "nn"),
    )


def texts(value: Any) -> tuple[str, ...]:
    """Return *value*, a text or a list of texts, as texts."""
    return (value,) if isinstance(value, str) else tuple(value)


def _text(value: Any, name: str, *, empty: bool = False) -> str:
    if isinstance(value, str) and (value.strip() or empty):
        return value
    raise _Wrong(f"{name} must be text, not {shown(value)}")


def _named(value: Any, name: str) -> None:
    _text(value, name)


def _number(value: Any, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise _Wrong(f"{name} must be a number from 0 up, not {shown(value)}")


def _count(value: Any, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong(f"{name} must be a whole number from 0 up, not {shown(value)}")


def _texts(value: Any, name: str) -> None:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not listed:
        raise _Wrong(f"{name} must be text or a list of texts, not {shown(value)}")
    for each in listed:
        _text(each, name)


def _mapping(value: Any, name: str, known: Sequence[str], needed: Sequence[str] = ()) -> None:
    if not isinstance(value, Mapping):
        raise _Wrong(f"{name} must be a mapping, not {shown(value)}")
    for key in value:
        if key not in known:
            raise _Wrong(
                f"{name} has no key {shown(key)}; did you mean {nearest(str(key), known)}?"
            )
    for key in needed:
        if key not in value:
            raise _Wrong(f"{name} needs {key}")


def _pattern(value: Any, name: str) -> None:
    problem = pattern_problem(_text(value, name))
    if problem:
        raise _Wrong(f"{name} {problem}")


def _patterns(given: Mapping[str, Any], name: str) -> None:
    found = [key for key in _PATTERN_KEYS if key in given]
    if not found:
        raise _Wrong(f"{name} needs one of {', '.join(_PATTERN_KEYS)}")
    for key in found:
        _texts(given[key], f"{name}.{key}")
        for each in texts(given[key]):
            _pattern(each, f"{name}.{key}")


def _files(kind: str) -> Callable[[Any], None]:
    return lambda value: _texts(value, kind)


def _file_regex(value: Any) -> None:
    _mapping(value, "file_regex", ("path", *_PATTERN_KEYS), ("path",))
    _texts(value["path"], "file_regex.path")
    _patterns(value, "file_regex")


def _output_regex(value: Any) -> None:
    if isinstance(value, str):
        _pattern(value, "output_regex")
        return
    _mapping(value, "output_regex", _PATTERN_KEYS)
    _patterns(value, "output_regex")


def _json_path(value: Any) -> None:
    _mapping(value, "json_path", ("path", "query", "equals", "regex"), ("path", "query"))
    _text(value["path"], "json_path.path")
    _text(value["query"], "json_path.query")
    if "regex" in value:
        _pattern(value["regex"], "json_path.regex")


def _ast(value: Any) -> None:
    _mapping(value, "ast", ("lang", "path", "query", "count"), ("path", "query"))
    if value.get("lang", "python") != "python":
        raise _Wrong(f"ast.lang must be python, not {shown(value['lang'])}")
    _texts(value["path"], "ast.path")
    problem = query_problem(_text(value["query"], "ast.query"))
    if problem:
        raise _Wrong(f"ast.query {problem}")
    _limits(value.get("count", {"min": 1}), "ast.count")


def _limits(value: Any, name: str) -> None:
    _mapping(value, name, ("min", "max"))
    if not value:
        raise _Wrong(f"{name} needs min or max")
    for key in value:
        _count(value[key], f"{name}.{key}")


def _git(value: Any) -> None:
    _mapping(value, "git", (*_GIT_GLOBS, *_GIT_LIMITS))
    if not value:
        raise _Wrong(f"git needs one of {', '.join((*_GIT_GLOBS, *_GIT_LIMITS))}")
    for key in value:
        if key in _GIT_GLOBS:
            _texts(value[key], f"git.{key}")
        else:
            _count(value[key], f"git.{key}")


def _call(value: Any, name: str, more: Sequence[str] = ()) -> None:
    if isinstance(value, str) and not more:
        _text(value, name)
        return
    _mapping(value, name, (*_CALL_KEYS, *more))
    if not any(key in value for key in (*_CALL_KEYS, *more)):
        raise _Wrong(f"{name} needs tool or arg")
    if "tool" in value:
        _text(value["tool"], f"{name}.tool")
    if "arg" in value:
        _pattern(value["arg"], f"{name}.arg")


def _counted(value: Any) -> None:
    _call(value, "trace.count", ("min", "max"))
    _limits({key: value[key] for key in ("min", "max") if key in value}, "trace.count")


def _retries(value: Any) -> None:
    if isinstance(value, Mapping):
        _call(value, "trace.max_retries", ("max",))
    _count(value.get("max") if isinstance(value, Mapping) else value, "trace.max_retries")


_TRACE: Mapping[str, Callable[[Any], None]] = {
    "called": lambda value: _call(value, "trace.called"),
    "never": lambda value: _call(value, "trace.never"),
    "before": lambda value: _call(value, "trace.before"),
    "then": lambda value: _call(value, "trace.then"),
    "count": _counted,
    "max_retries": _retries,
    "read_file": lambda value: _texts(value, "trace.read_file"),
    "skill_loaded": lambda value: _named(value, "trace.skill_loaded"),
}


def _trace(value: Any) -> None:
    _mapping(value, "trace", tuple(_TRACE))
    said = set(value)
    if said != {"before", "then"} and (len(said) != 1 or said & {"before", "then"}):
        raise _Wrong(f"trace needs exactly one of {', '.join(_TRACE)}; before goes with then")
    for key in value:
        _TRACE[key](value[key])


def _run(value: Any) -> None:
    if isinstance(value, str):
        _text(value, "run")
        return
    _mapping(value, "run", ("cmd", "timeout_s", "exit"), ("cmd",))
    _text(value["cmd"], "run.cmd")
    _number(value.get("timeout_s", 60), "run.timeout_s")
    _count(value.get("exit", 0), "run.exit")


def _judge(value: Any) -> None:
    _mapping(value, "judge", ("rubric", "votes"), ("rubric",))
    _text(value["rubric"], "judge.rubric")
    votes = value.get("votes", 1)
    if not isinstance(votes, int) or isinstance(votes, bool) or not 1 <= votes <= _MOST_VOTES:
        what = f"must be a whole number from 1 to {_MOST_VOTES}"
        raise _Wrong(f"judge.votes {what}, not {shown(votes)}")


KINDS: Mapping[str, Callable[[Any], None]] = {
    "run": _run,
    "file_exists": _files("file_exists"),
    "file_absent": _files("file_absent"),
    "file_regex": _file_regex,
    "json_path": _json_path,
    "ast": _ast,
    "git": _git,
    "trace": _trace,
    "output_regex": _output_regex,
    "judge": _judge,
}
