"""Laws of the score: online is offline, in 0 to 1, and never without evidence."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.event import Event
from darkfactory.domain.lane import WaffleLimits
from darkfactory.waffle.log import score_log
from darkfactory.waffle.score import Scorer

CALLS = st.sampled_from(["1", "2", "3"])
COMMANDS = st.sampled_from(["pytest -q", "pytest -x", "ls", "sleep 5", "cat a.py"])
OUTPUTS = st.sampled_from(["ok", "ValueError: 1", "ValueError: 2", "3 failed in 0.1s", ""])
WORDS = st.sampled_from(
    ["All tests pass.", "Let me look at the parser again.", "Hm.", "It failed."]
)
WHO = st.sampled_from([("main", None), ("main", None), ("sub", "main")])


def _event(type_: str, /, **data: st.SearchStrategy[object]) -> st.SearchStrategy[Event]:
    return st.builds(
        lambda told, who: Event(type_, told, agent=who[0], parent=who[1]),
        st.fixed_dictionaries(data),
        WHO,
    )


STARTED = _event(
    "tool.started",
    call=CALLS,
    kind=st.sampled_from(["shell", "edit", "read"]),
    command=COMMANDS,
    paths=st.lists(st.sampled_from(["a", "b"]), max_size=1),
)
FINISHED = _event(
    "tool.finished",
    call=CALLS,
    status=st.sampled_from(["ok", "failed"]),
    exit_code=st.sampled_from([0, 1, None]),
    output=OUTPUTS,
)
CHANGED = _event(
    "file.changed",
    path=st.sampled_from(["a", "b"]),
    content_hash=st.sampled_from(["1", "2", "3"]),
    ok=st.booleans(),
)
MESSAGE = _event("message", role=st.sampled_from(["assistant", "assistant", "user"]), text=WORDS)
HARNESS = _event(
    "harness.finished", result=st.sampled_from(["pass", "fail", "error"]), failed=st.integers(0, 5)
)
LOOP = st.builds(
    lambda command, output, times: [
        Event(kind, {"call": "9", "kind": "shell", "command": command, "output": output, **more})
        for _ in range(times)
        for kind, more in (("tool.started", {}), ("tool.finished", {"status": "failed"}))
    ],
    COMMANDS,
    OUTPUTS,
    st.integers(1, 8),
)
STEPS = st.one_of(STARTED, FINISHED, CHANGED, MESSAGE, HARNESS).map(lambda event: [event])
LOGS = st.lists(STEPS | LOOP, max_size=25).map(
    lambda parts: [one for part in parts for one in part]
)


def fed(events: list[Event]) -> Scorer:
    scorer = Scorer()
    for event in events:
        scorer.feed(event)
    return scorer


@given(LOGS, st.data())
def test_online_is_offline(events: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    lines = [json.dumps(event.body()) for event in events]

    whole, part, online = score_log(lines), score_log(lines[:cut]), fed(events[:cut])

    assert part["timeline"] == [entry for entry in whole["timeline"] if entry[0] < cut]
    assert part["waffle"] == round(online.score, 4)
    assert part["action"] == online.action
    assert [one["name"] for one in part["signals"]] == [one.name for one in online.signals]


@given(LOGS)
def test_every_score_is_in_bounds_and_a_high_one_has_evidence(events: list[Event]) -> None:
    scorer = Scorer()

    for index, event in enumerate(events):
        scorer.feed(event)
        assert 0 <= scorer.score <= 1
        assert scorer.score < 0.5 or scorer.signals
        for one in scorer.signals:
            assert 0 < one.strength <= 1
            assert one.because
            assert 0 < len(one.events) <= 12
            assert list(one.events) == sorted(set(one.events))
            assert one.events[-1] <= index


@given(LOGS)
def test_a_passing_check_never_raises_the_score(events: list[Event]) -> None:
    before, after = fed(events), fed([*events, Event("harness.finished", {"result": "pass"})])

    assert after.score <= before.score


@given(LOGS)
def test_the_score_rises_at_once_or_falls_by_a_fifth_at_most_without_progress(
    events: list[Event],
) -> None:
    scorer, last = Scorer(), 0.0

    for event in events:
        scorer.feed(event)
        # Progress halves, and the step itself lets a fifth of that go.
        assert scorer.score >= 0.8 * 0.5 * last
        last = scorer.score


@given(LOGS)
def test_no_nuke_comes_without_a_steer(events: list[Event]) -> None:
    scorer = Scorer(WaffleLimits(warn=0.1, steer=0.2, nuke=0.3))

    for event in events:
        before = scorer.steers
        scorer.feed(event)
        assert scorer.action != "nuke" or before > 0


@given(LOGS)
def test_the_timeline_has_only_changes_and_ends_in_the_last_state(events: list[Event]) -> None:
    scored = score_log(json.dumps(event.body()) for event in events)

    states = [(0.0, "none"), *((score, action) for _, score, action in scored["timeline"])]
    assert all(one != after for one, after in pairwise(states))
    assert states[-1] == (scored["waffle"], scored["action"])
    assert scored["peak"] == max(score for score, _ in states)
