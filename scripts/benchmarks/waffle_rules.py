# ruff: noqa: PLR2004 - the numbers are the published rules
"""Loop detectors of other programs, re-stated from what they publish, to be held against ours.

Each takes the events of a session and yields the index of every event after which it would stop
the agent, ask or nudge. What a rule needs and our events lack is said where it is re-stated.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from darkfactory.domain.event import Event

Rule = Callable[[Sequence[Event]], Iterator[int]]
Step = tuple[int, str, tuple[object, ...], tuple[object, ...], bool]


def openhands(events: Sequence[Event]) -> Iterator[int]:
    """Four equal calls with equal results, three equal that fail, three messages, six in turn."""
    last: deque[Step] = deque(maxlen=6)
    for step in _steps(events):
        last.append(step)
        index, kind, *_ = step
        tail = list(last)
        calls = [one for one in tail if one[1] == "call"]
        same4 = len(calls) > 3 and len({one[2:4] for one in calls[-4:]}) == 1
        failing = len(calls) > 2 and len({one[2] for one in calls[-3:]}) == 1
        failing = failing and all(one[4] for one in calls[-3:])
        said3 = kind == "said" and [one[1] for one in tail[-3:]] == ["said"] * 3
        pairs = [one[2:4] for one in calls]
        in_turn = len(pairs) == 6 and pairs[:2] * 3 == pairs and pairs[0] != pairs[1]
        if (kind == "call" and (same4 or failing or in_turn)) or said3:
            yield index


def gemini_cli(events: Sequence[Event]) -> Iterator[int]:
    """Five equal calls in a row; its rule on repeated chunks of text needs the stream of tokens."""
    yield from _equal_in_a_row(events, 5)


def roo_code(events: Sequence[Event]) -> Iterator[int]:
    """Three equal calls in a row."""
    yield from _equal_in_a_row(events, 3)


def fabro(events: Sequence[Event]) -> Iterator[int]:
    """Ten calls that repeat with a period of one, two or three."""
    last: deque[tuple[object, ...]] = deque(maxlen=10)
    for index, kind, call, *_ in _steps(events):
        if kind == "call":
            last.append(call)
            told = list(last)
            if len(told) == 10 and any(told[n:] == told[:-n] for n in (1, 2, 3)):
                yield index


def bernstein(events: Sequence[Event]) -> Iterator[int]:
    """More than three edits of one file in five minutes, here in twenty calls."""
    edits: deque[tuple[int, str]] = deque()
    calls = 0
    for index, event in enumerate(events):
        calls += event.type == "tool.started"
        if event.type == "file.changed" and event.data.get("ok") is not False:
            edits.append((calls, str(event.data.get("path"))))
            while edits and edits[0][0] <= calls - 20:
                edits.popleft()
            if sum(path == edits[-1][1] for _, path in edits) > 3:
                yield index


RULES: dict[str, Rule] = {
    "OpenHands": openhands,
    "gemini-cli": gemini_cli,
    "Roo Code": roo_code,
    "Fabro": fabro,
    "Bernstein": bernstein,
}


def _equal_in_a_row(events: Sequence[Event], times: int) -> Iterator[int]:
    calls = [(index, call) for index, kind, call, *_ in _steps(events) if kind == "call"]
    row = 1
    for (_, before), (index, call) in pairwise(calls):
        row = row + 1 if call == before else 1
        if row >= times:
            yield index


def _steps(events: Sequence[Event]) -> Iterator[Step]:
    """Yield calls, as they end, and messages of the agent: index, kind, call, result, failed."""
    open_calls: dict[object, tuple[object, ...]] = {}
    for index, event in enumerate(events):
        data = event.data
        if event.type == "tool.started":
            what = data.get("input_hash") or data.get("command")
            open_calls[data.get("call")] = (data.get("name"), what)
        elif event.type == "tool.finished":
            call = open_calls.pop(data.get("call"), ())
            result = (data.get("output_hash") or data.get("output"), data.get("exit_code"))
            yield index, "call", call, result, data.get("status") == "failed"
        elif event.type == "message" and data.get("role") == "assistant":
            yield index, "said", (), (), False
