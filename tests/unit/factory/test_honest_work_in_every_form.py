"""The same honest course scores the same, whichever program tells it and in which order."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from darkfactory.factory.foreign_logs import events_of_log
from darkfactory.waffle.score import Scorer

Lines = Iterator[dict[str, Any]]

_NAMES = [f"{one}_{two}" for one in ("load", "sort", "merge", "flush") for two in "abcde"]


def _errors(left: int) -> str:
    lines = [f"main.c:{10 + at}: error: too few arguments to {_NAMES[at]}" for at in range(left)]
    return "\n".join([*lines, "make: *** [all] Error 1"]) if left else "cc -o main main.c"


def _summary(left: int) -> str:
    return f"{left} failed, {20 - left} passed in 0.{left}1s" if left else "20 passed in 0.2s"


def _names(left: int) -> str:
    lines = [f"FAILED tests/t.py::test_{_NAMES[at]} - assert None == 3" for at in range(left)]
    return "\n".join([*lines, _summary(left)])


def _other(left: int) -> str:
    return f"{_NAMES[left - 1]}.c:4: error: unknown type name {_NAMES[left - 1]}_t\nmake: Error 1"


COURSES: dict[str, tuple[str, Callable[[int], str], bool]] = {
    "a closing line that stays": ("make", _errors, True),
    "numbers alone": ("pytest -q", _summary, True),
    "names, and a pipe that hides the status": ("pytest -q | tail -30", _names, False),
    "one number": ("make 2>&1 | grep -c error:", str, False),
    "another error each time": ("make", _other, True),
}


def _claude(command: str, outputs: list[tuple[str, bool]]) -> Lines:
    for number, (output, failed) in enumerate(outputs):
        path = f"/r/{_NAMES[number]}.c"
        given = {"file_path": path, "old_string": "f()", "new_string": f"f({number})"}
        run = {"command": command}
        said = (("Edit", given, "updated", False), ("Bash", run, output, failed))
        for tool, asked, told, wrong in said:
            name = f"{tool}-{number}"
            use = {"type": "tool_use", "id": name, "name": tool, "input": asked}
            yield {"type": "assistant", "message": {"role": "assistant", "content": [use]}}
            block = {"type": "tool_result", "tool_use_id": name, "content": told, "is_error": wrong}
            yield {"type": "user", "message": {"role": "user", "content": [block]}}


def _codex(command: str, outputs: list[tuple[str, bool]]) -> Lines:
    yield {"type": "thread.started", "thread_id": "t"}
    for number, (output, failed) in enumerate(outputs):
        change = {"path": f"/r/{_NAMES[number]}.c", "kind": "update"}
        edit = {"id": f"e{number}", "type": "file_change", "changes": [change]}
        yield {"type": "item.completed", "item": {**edit, "status": "completed"}}
        run = {"id": f"r{number}", "type": "command_execution", "command": command}
        end = {"aggregated_output": output, "exit_code": int(failed)}
        status = "failed" if failed else "completed"
        yield {"type": "item.completed", "item": {**run, **end, "status": status}}


def _ours(command: str, outputs: list[tuple[str, bool]], *, late: bool = False) -> Lines:
    for number, (output, failed) in enumerate(outputs):
        call, path = f"e{number}", f"{_NAMES[number]}.c"
        yield _event("tool.started", call=call, kind="edit", name="Edit", paths=[path])
        changed = _event("file.changed", call=call, path=path, content_hash=f"{number}", ok=True)
        ended = _event("tool.finished", call=call, status="ok", output=f"{path} updated")
        yield from (ended, changed) if late else (changed, ended)
        call = f"r{number}"
        yield _event("tool.started", call=call, kind="shell", name="Bash", command=command)
        status = "failed" if failed else "ok"
        yield _event(
            "tool.finished", call=call, status=status, exit_code=int(failed), output=output
        )


def _ours_late(command: str, outputs: list[tuple[str, bool]]) -> Lines:
    return _ours(command, outputs, late=True)


def _event(kind: str, /, **data: object) -> dict[str, Any]:
    return {"v": 1, "type": kind, "data": data}


@pytest.mark.parametrize("form", [_claude, _codex, _ours, _ours_late])
@pytest.mark.parametrize("course", COURSES)
def test_getting_greener_edit_by_edit_is_no_waffling(course: str, form: Any) -> None:
    command, output_of, tells_by_status = COURSES[course]
    outputs = [(output_of(left), tells_by_status) for left in range(19, 0, -1)]
    lines = [json.dumps(line) for line in form(command, outputs)]
    scorer = Scorer()

    peak = 0.0
    for events, _ in events_of_log(lines, name="log"):
        for event in events:
            scorer.feed(event)
            peak = max(peak, scorer.score)

    assert scorer.calls == 38
    assert peak < 0.5, scorer.signals
