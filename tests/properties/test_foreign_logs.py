"""Whatever stands in the log of a session that others write, every screen can tell of it."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.cli.attach_lines import Telling
from darkfactory.cli.brief_render import brief_screen
from darkfactory.cli.event_lines import event_line
from darkfactory.cli.render import session_table, status_screen
from darkfactory.cli.session_facts import session_facts
from darkfactory.cli.session_render import session_screen
from darkfactory.cli.transcript import event_text
from darkfactory.events.stream import Stream
from darkfactory.factory.brief import brief_json, read_brief
from darkfactory.factory.status import read_status, status_json
from darkfactory.sessions.follow import Log
from darkfactory.sessions.watch import by_time
from tests.fakes.shapes import SESSION, misfits
from tests.fakes.told import ToldFactory

NAMES = st.sampled_from(
    [
        "action", "agent", "approvals", "attempt", "base", "best", "by", "call", "command",
        "confined", "number", "value",
        "confinement", "cost_usd", "exit_code", "failing", "how", "id", "item", "kind", "lane",
        "model", "name", "notes", "op", "outcome", "output", "paths", "preserved", "reason",
        "request", "risk", "role", "scope", "score", "signals", "status", "text", "title",
        "tokens", "total_session", "version", "waffle", "workspace",
    ]
)  # fmt: skip
TYPES = st.sampled_from(
    [
        "session.started", "session.started", "session.native", "usage", "waffle.scored",
        "session.ended", "approval.requested", "approval.resolved", "tool.started",
        "tool.finished", "message", "turn.started", "turn.finished", "control.applied",
        "control.requested", "harness.finished", "loop.checkpoint", "odd",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=9)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {"type": TYPES, "ts": JSON, "data": st.dictionaries(NAMES, JSON, max_size=12)},
        optional={"turn": JSON, "agent": JSON, "parent": JSON, "producer": JSON},
    ),
    min_size=1,
    max_size=6,
)


@given(EVENTS)
def test_every_screen_can_tell_of_every_log(bodies: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = ToldFactory(Path(folder))
        file = Path(Stream(told.state.streams, "s/theirs").file)
        file.parent.mkdir(parents=True)
        file.write_text("".join(json.dumps(body) + "\n" for body in bodies))

        status, brief = read_status(told.line), read_brief(told.line)
        facts = session_facts(told.state, "theirs", now=told.clock.now())
        events = list(by_time([Log(told.state, "theirs", "-1").read() for _ in range(2)]))

    for width in (None, 60):
        assert session_table(status.sessions, width=width)
        assert status_screen(status, width=width)
        assert brief_screen(brief, width=width)
        assert session_screen(facts, width=width)
    json.dumps([status_json(status), brief_json(brief), facts], allow_nan=False)
    assert misfits(facts, SESSION) == []
    telling = Telling("theirs")
    for one in events:
        assert event_text(one.event) is not None
        assert event_line(one.event) is not None
        telling.lines(one.event)
        assert telling.head()
        telling.question()
