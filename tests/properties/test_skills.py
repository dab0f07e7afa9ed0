"""Laws of skills: no file can break the reading of a library."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.event import event_of
from darkfactory.skills import find_skills
from darkfactory.skills.checks import Check, CheckInvalid, judge, parse_check, trace_of
from darkfactory.skills.sidecar import read_sidecar
from tests.fakes.trees import FakeTree

HEADS = st.lists(
    st.sampled_from(
        [b"---\n", b"name: a\n", b"description: b\n", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\x00"]
    )
    | st.binary(max_size=12),
    max_size=12,
).map(b"".join)


@given(HEADS, st.binary(max_size=60))
def test_whatever_the_files_hold_the_skill_is_listed(head: bytes, side: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "skills", "a")
        made.mkdir(parents=True)
        (made / "SKILL.md").write_bytes(head)
        (made / "df.yaml").write_bytes(side)

        (skill,) = find_skills(Path(folder))

        assert skill.errors or skill.description


PIECES = (
    *("version: 1\n", "lanes: ", "[a]\n", "non_negotiables:\n", "- id: A\n", "  text: b\n"),
    *("  check: {git: x}\n", "docs: 3\n", "deliver: ", "{codex: mention}\n", "no\n", "~\n", "- "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=80))
def test_whatever_the_sidecar_holds_each_rule_is_whole_or_found(text: str) -> None:
    sidecar = read_sidecar(text)

    assert all(rule.id and rule.text for rule in sidecar.non_negotiables)
    assert all(found.line is None or found.line >= 1 for found in sidecar.findings)
    assert len({rule.id for rule in sidecar.non_negotiables}) == len(sidecar.non_negotiables)


WORDS = st.sampled_from(
    [
        *("trace", "git", "run", "judge", "ast", "file_regex", "json_path", "output_regex"),
        *("file_exists", "file_absent", "never", "called", "before", "then", "count", "max", "min"),
        *("max_retries", "read_file", "skill_loaded", "untouched", "only", "max_files", "path"),
        *("query", "equals", "regex", "all", "any", "none", "tool", "arg", "id", "weight", "nn"),
        *("cmd", "rubric", "call:open[mode=w]", "a.b[0]", "**", "(a+)+", "[", ""),
    ]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-2, 5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["tool.started", "tool.finished", "skill.loaded", "message"]),
            "data": st.dictionaries(
                st.sampled_from(["call", "kind", "name", "command", "paths", "status", "text"]),
                st.sampled_from(["1", "shell", "ok", "a.b[0]", "**"]) | VALUES,
                max_size=5,
            ),
        }
    ),
    max_size=6,
)


KINDS = st.sampled_from(["trace", "git", "ast", "json_path", "file_regex", "output_regex"])
CHECKS = st.dictionaries(KINDS, VALUES, min_size=1, max_size=1) | VALUES


def _parsed(written: object) -> Check | None:
    try:
        return parse_check(written)
    except CheckInvalid:
        return None


@given(CHECKS, EVENTS)
def test_whatever_a_check_says_it_is_judged_or_told_to_be_wrong(
    written: object, bodies: list[dict[str, object]]
) -> None:
    check = _parsed(written)
    trace = trace_of(event for event in map(event_of, bodies) if event is not None)

    if check is not None and check.is_pure:
        assert judge(check, trace, FakeTree({"a.b[0]": "{}"})).because


CALLS = st.sampled_from(["shell", "mcp:a/b"]) | st.fixed_dictionaries(
    {}, optional={"tool": WORDS, "arg": st.sampled_from(["a", "^b", "", "["])}
)
TRACES = st.fixed_dictionaries(
    {},
    optional={
        "called": CALLS,
        "never": CALLS,
        "before": CALLS,
        "then": CALLS,
        "max_retries": st.integers(-1, 3),
        "read_file": st.sampled_from(["**", "a.*"]),
    },
)


@given(TRACES, EVENTS)
def test_a_trace_check_is_judged_on_whatever_a_log_holds(
    body: dict[str, object], bodies: list[dict[str, object]]
) -> None:
    check = _parsed({"trace": body})
    trace = trace_of(event for event in map(event_of, bodies) if event is not None)

    if check is not None:
        judged = judge(check, trace, FakeTree())

        assert judged.because
        assert all(0 <= at < len(bodies) for at in judged.events)
