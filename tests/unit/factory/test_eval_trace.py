"""The logs of cells become advice: each row of the table, from the words of real programs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from darkfactory.agents.protocol import Emit
from darkfactory.domain.event import Event
from darkfactory.evals.advice import Advice, KnownRule, advise
from darkfactory.evals.result import CellResult, SkillTrace
from darkfactory.factory.eval_trace import Tried, skill_trace
from darkfactory.sessions.skill_files import SkillFiles
from darkfactory.skills.remedy import Remedy
from tests.fakes import claude_transcripts, codex_transcripts
from tests.fakes.trees import FakeTree

RULE = "T-1"
RULES = [{"skill": "tidy", "id": RULE, "check": {"file_regex": {"path": "a", "all": "please"}}}]
DEEP = "references/more.md"
RUDE, KIND = FakeTree({"a": "no"}), FakeTree({"a": "please"})


def claude(*paths: str, loads: bool = True) -> list[Emit]:
    """Return what the real program told: the recorded load, and reads as it words them."""
    emits = claude_transcripts.replay("stream-skill" if loads else "stream-work").events
    return [*emits, *(step for path in paths for step in read(path))]


def read(path: str) -> Iterator[Emit]:
    name = f".claude/skills/tidy/{path}"
    yield Emit("tool.started", {"call": path, "kind": "read", "name": "Read", "paths": [name]})
    yield Emit("tool.finished", {"call": path, "status": "ok"})


def codex(*paths: str, loads: bool = True) -> list[Emit]:
    """Return what Codex tells of commands that show files."""
    made = codex_transcripts.working()
    ours = [f".agents/skills/tidy/{path}" for path in (*(["SKILL.md"] if loads else []), *paths)]
    for number, path in enumerate([*ours, "x.txt"]):
        text = f"bash -lc 'cat {path}'"
        begun = codex_transcripts.command(f"c-{number}", text)
        made.note("item/started", item=begun)
        ended = codex_transcripts.command(f"c-{number}", text, "completed", exitCode=0)
        made.note("item/completed", item=ended)
    return made.events


def logged(emits: Iterable[Emit]) -> list[tuple[int, Event]]:
    """Return the log that a session's host makes of *emits*, an event every hundred bytes."""
    files = SkillFiles([{"name": "tidy"}])
    events = [Event("session.started")]
    for one in emits:
        events.append(Event(one.type, dict(one.data)))
        events += [Event(type_, data) for type_, data in files.take(one.type, one.data)]
    return [(100 * at, event) for at, event in enumerate(events, start=1)]


def traced(
    emits: Iterable[Emit], tree: FakeTree = RUDE, place: str = "top", **changed: Any
) -> SkillTrace:
    tried = {"places": {RULE: place}, "exercised": frozenset({RULE}), "prompt": "Greet.", **changed}
    return skill_trace(Tried("tidy", RULES, **tried), logged(emits), tree)


def cells(trace: SkillTrace, count: int = 3, condition: str = "mcp+skill") -> list[CellResult]:
    return [
        CellResult("s", condition, "x", at, 0.5, session=f"s-{at}", skill="tidy", trace=trace)
        for at in range(count)
    ]


def advised(trace: SkillTrace, **known: Any) -> Advice:
    (one,) = advise(cells(trace), {("tidy", RULE): KnownRule("top", **known)})
    return one


@pytest.mark.parametrize("agent", [claude, codex])
@pytest.mark.parametrize(
    ("loads", "place", "paths", "remedy"),
    [
        (False, DEEP, (), Remedy.PUSH),
        (True, DEEP, (), Remedy.INLINE),
        (True, "", (), Remedy.INLINE),
        (True, DEEP, (DEEP,), Remedy.CONDENSE),
        (True, "late", (), Remedy.RAISE),
        (True, "top", (), Remedy.REASON),
    ],
)
def test_each_row_of_the_table_is_told_from_logs_of_both_programs(
    *, agent: Any, loads: bool, place: str, paths: Sequence[str], remedy: Remedy
) -> None:
    one = advised(traced(agent(*paths, loads=loads), place=place))

    assert one.remedy is remedy
    assert (one.violated.count, one.violated.of) == (3, 3)
    assert one.loaded.count == (3 if loads else 0)
    assert one.query == (() if loads else ("Greet.",))


def test_a_rule_that_was_mended_once_and_is_still_broken_is_to_be_enforced() -> None:
    assert advised(traced(claude()), revised=True).remedy is Remedy.ENFORCE


def test_a_rule_that_sessions_without_the_skill_keep_as_well_may_go() -> None:
    given = cells(traced(claude(), KIND), 6)
    bare = cells(traced(claude(loads=False), KIND, places=None), 6, "mcp")

    (one,) = advise([*given, *bare])

    assert one.remedy is Remedy.DELETE
    assert not advise([*given, *bare[:5]])  # too few to say so


def test_what_nobody_was_tempted_to_break_is_not_kept() -> None:
    trace = traced(claude(), KIND, exercised=frozenset())

    assert trace.rules[RULE].kept is None
    assert not advise(cells(trace, 9))


def test_the_places_in_the_log_are_where_the_events_begin() -> None:
    log = logged(codex(DEEP))
    begins = {event.type: behind - 100 for behind, event in log}

    trace = traced(codex(DEEP))

    assert trace.opened == {
        "SKILL.md": begins["skill.loaded"],
        DEEP: begins["skill.reference_read"],
    }


def test_a_call_that_broke_a_rule_is_its_place_in_the_log() -> None:
    never = {"trace": {"never": {"tool": "read", "arg": "more"}}}
    rules = [{"skill": "tidy", "id": RULE, "check": never}]

    trace = skill_trace(
        Tried("tidy", rules, {RULE: "top"}, frozenset(), ""), logged([*read(DEEP)]), RUDE
    )

    assert (trace.rules[RULE].kept, trace.rules[RULE].offset) == (False, 100)


def test_a_log_without_any_call_tells_nothing_of_what_was_read() -> None:
    trace = traced([Emit("message", {"role": "assistant", "text": "Done."})])

    assert trace.opened is None
    assert advised(trace).remedy is None


def test_what_was_posted_into_a_session_loads_nothing() -> None:
    posted = Event("skill.loaded", {"name": "tidy"}, posted=True)
    tried = Tried("tidy", RULES, {RULE: "top"}, frozenset({RULE}), "")

    assert skill_trace(tried, [(100, posted)], RUDE).opened is None
