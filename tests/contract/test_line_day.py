"""The line as scripts and people see it, read from one working day of real commands."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from darkfactory.domain.event import Event
from tests.fakes import shapes
from tests.fakes.repositories import Repository
from tests.fakes.shapes import misfits
from tests.fakes.working_day import ESCAPES, SECRETS, Day, live

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    made = live(folder)
    yield made
    made.factory.end()


def change(day: Day, item: str, when: str = "gate") -> dict[str, Any]:
    """Return the newest row of an item in a gate list."""
    rows = [row for row in day.said[when].json["changes"] if row["item"] == item]
    assert rows, f"{item} is not at the gate"
    found: dict[str, Any] = rows[-1]
    return found


def prompts(day: Day, session: str) -> list[str]:
    """Return what users said to a session, in order."""
    told = [event for event in day.log(session) if event.type == "message"]
    return [str(event.data["text"]) for event in told if event.data["role"] == "user"]


def raw(day: Day, session: str) -> str:
    return (day.factory.state.session(session) / "raw.jsonl").read_text()


def summary(day: Day, name: str) -> dict[str, Any]:
    last = day.said[name].lines[-1]
    assert last["type"] == "run.finished"
    data: dict[str, Any] = last["data"]
    return data


def running_at_once(events: list[Event], lanes: set[str]) -> int:
    """Return the most sessions of *lanes* that ran at the same time."""
    spans = []
    for event in events:
        if event.data.get("lane") in lanes and isinstance(event.ts, str):
            at = datetime.fromisoformat(event.ts)
            if event.type == "session.started":
                spans.append((at, 1))
            elif event.type == "session.ended":
                spans.append((at, -1))
    now = most = 0
    for _, step in sorted(spans):
        now += step
        most = max(most, now)
    return most


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("triage", shapes.TRIAGE),
        ("status", shapes.STATUS),
        ("sessions", shapes.SESSIONS),
        ("gate", shapes.GATE),
        ("evening gate", shapes.GATE),
        ("esc", shapes.GATE_SHOW),
        ("asked", shapes.GATE_SHOW),
        ("dirty", shapes.LANDINGS),
        ("LEFT", shapes.LANDINGS),
        ("HICCUP", shapes.LANDINGS),
        ("some bounce", shapes.LANDINGS),
        ("touches", shapes.LANDINGS),
        ("land late", shapes.LANDINGS),
        ("log", shapes.GATE_LOG),
        ("brief", {"version": int, "sessions": list, "attention": str}),
        ("session", {"version": int, "session": {**shapes.SESSION, "events": int, "usage": dict}}),
    ],
)
def test_every_answer_has_the_promised_shape(day: Day, name: str, shape: object) -> None:
    assert misfits(day.said[name].json, shape) == []
    assert day.said[name].json["version"] == 1


@pytest.mark.parametrize("name", ["morning", "evening", "rerun"])
def test_a_run_is_json_lines_and_the_last_one_sums_it_up(day: Day, name: str) -> None:
    lines = day.said[name].lines

    assert lines[0]["type"] == "run.started"
    assert misfits(summary(day, name), shapes.RUN_FINISHED) == []
    assert {line["v"] for line in lines} == {1}
    assert not {line["type"] for line in lines} & {"message", "tool.output", "usage"}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("triage", 0),
        ("morning", 1),
        ("evening", 0),
        ("rerun", 0),
        ("dirty", 0),
        ("LEFT", 0),
        ("HICCUP", 0),
        ("some bounce", 1),
        ("touches", 1),
        ("touches alone", 0),
        ("rework", 0),
        ("nowhere", 2),
        ("anew", 0),
        ("drop", 0),
        ("later", 0),
        ("land late", 0),
        ("approve", 0),
        ("deny", 0),
    ],
)
def test_the_exit_status_says_how_it_went(day: Day, name: str, status: int) -> None:
    assert day.said[name].status == status, day.said[name].err


def test_what_a_run_came_to_is_counted_by_item(day: Day) -> None:
    morning, evening = summary(day, "morning"), summary(day, "evening")

    assert (morning["failed"], morning["nuked"], morning["landed"]) == (4, 1, 0)
    assert (evening["proposed"], evening["failed"], evening["nuked"]) == (7, 0, 0)
    assert morning["tokens"] > evening["tokens"] > 0


def test_a_rerun_with_nothing_left_starts_nothing(day: Day) -> None:
    assert summary(day, "rerun")["sessions"] == 0
    assert [line["type"] for line in day.said["rerun"].lines] == ["run.started", "run.finished"]


def test_the_caps_of_lanes_and_of_the_run_hold(day: Day) -> None:
    events = day.events["morning"]

    lanes = {"bad": 3, "bugs": 4, "look": 1, "ask": 1, "tight": 1, "env": 1}
    assert all(running_at_once(events, {lane}) <= cap for lane, cap in lanes.items())
    assert 3 <= running_at_once(events, set(lanes)) <= 6


def test_a_duplicate_is_marked_and_never_starts(day: Day) -> None:
    rows = {row["id"]: row for row in day.said["triage"].json["items"]}

    assert rows["TWIN"]["duplicate_of"] == "FINE"
    assert day.of("session.started", "TWIN") == []


def test_a_blocked_item_starts_only_after_its_blocker_has_landed(day: Day) -> None:
    assert day.of("session.started", "NEXT", "morning") == []
    assert day.ends("NEXT") == ["proposed"]


def test_an_item_blocked_by_a_closed_one_is_free(day: Day) -> None:
    assert day.of("session.started", "FREED", "morning") == []
    assert day.ends("FREED") == ["proposed"]


def test_an_agent_that_leaves_no_change_has_failed(day: Day) -> None:
    assert day.ends("NOTHING") == ["failed"]
    assert day.of("change.proposed", "NOTHING") == []


def test_an_agent_that_exits_has_crashed_and_is_tried_again_within_the_attempts(day: Day) -> None:
    assert day.ends("EXITS") == ["crashed", "crashed"]
    assert day.of("session.ended", "EXITS")[0].data["exit_code"] == 3
    assert day.ends("HICCUP") == ["crashed", "proposed"]


def test_a_crashed_conversation_goes_on_in_the_same_session(day: Day) -> None:
    sessions = {event.session for event in day.of("session.started", "HICCUP")}

    assert sessions == {"s-HICCUP-1"}
    assert "You were cut off" in prompts(day, "s-HICCUP-1")[-1]


def test_a_session_that_meets_its_budget_ends_so_and_what_it_meant_is_still_offered(
    day: Day,
) -> None:
    assert day.ends("TIGHT") == ["budget"]
    assert change(day, "TIGHT")["state"] == "waiting_taste"


def test_a_red_change_goes_back_once_with_what_fails_then_it_is_given_up(day: Day) -> None:
    assert day.ends("ALWAYS") == ["proposed", "proposed"]
    assert {event.session for event in day.of("session.started", "ALWAYS")} == {"s-ALWAYS-1"}
    assert change(day, "ALWAYS")["state"] == "abandoned"
    assert change(day, "ALWAYS")["harness"]["failing"] == ["red/always"]
    assert "- red/always" in prompts(day, "s-ALWAYS-1")[1]
    assert "red/always" in raw(day, "s-ALWAYS-1")


def test_a_red_change_that_is_mended_waits_as_the_next_revision(day: Day) -> None:
    mended = change(day, "ONCE")

    assert (mended["state"], mended["revision"], mended["id"]) == ("waiting_taste", 2, "c-ONCE")
    assert "- red/once" in prompts(day, "s-ONCE-1")[1]


def test_after_a_nuke_the_next_agent_of_the_lane_starts_with_the_lessons(day: Day) -> None:
    assert day.ends("LOOP") == ["nuked", "proposed"]
    agents = [event.agent for event in day.of("session.started", "LOOP")]
    (prompt,) = prompts(day, "s-LOOP-2")

    assert agents == ["mock", "second"]
    assert "ended as nuked: cancelled by waffle: the same, three times." in prompt
    assert "- echo E: no rule to make loop; exit 2" in prompt
    assert "- E: no rule to make loop" in prompt
    assert "The last good tree: " in prompt


def test_nothing_that_was_nuked_is_lost(day: Day) -> None:
    preserved = day.of("session.ended", "LOOP")[0].data["preserved"]
    hub = Repository(day.factory.state.hub)

    assert preserved["ref"] == "refs/df/wreck/s-LOOP-1"
    assert hub.git("show", f"{preserved['ref']}:draft.txt") == "draft"


def test_an_observer_reports_and_status_counts_it(day: Day) -> None:
    assert day.ends("LOOK") == ["reported"]
    assert day.said["session"].json["session"]["summary"] == "LOOK is done."
    lanes = {row["name"]: row for row in day.said["status"].json["lanes"]}
    assert lanes["look"]["reported"] == 1


def test_a_command_that_is_allowed_runs_and_one_that_is_refused_does_not(day: Day) -> None:
    (proposed,) = day.of("change.proposed", "SHELL")
    resolved = [e.data for e in day.log("s-SHELL-1") if e.type == "approval.resolved"]

    assert [row["decision"] for row in resolved] == ["approve", "deny"]
    assert {row["by"] for row in resolved} == {"tester"}
    assert proposed.data["paths"] == ["src/shell.py", "yes"]


def test_secrets_of_the_caller_do_not_reach_the_agent_but_what_is_named_does(day: Day) -> None:
    diff = day.said["env"].json["change"]["diff"]

    assert f"+HANDED_OVER={SECRETS['HANDED_OVER']}" in diff
    for name, value in SECRETS.items():
        if name != "HANDED_OVER":
            assert name not in diff
            assert value not in diff


PEOPLE = [
    "status for people",
    "gate for people",
    "sessions for people",
    "esc for people",
    "esc log for people",
    "log for people",
    "touches alone",
]


@pytest.mark.parametrize("name", PEOPLE)
def test_no_terminal_escape_reaches_a_person_through_a_pipe(day: Day, name: str) -> None:
    said = day.said[name]

    assert said.out
    assert not {chr(code) for code in (*range(9), *range(11, 32), 127)} & set(said.out + said.err)


def test_terminal_escapes_of_agents_are_kept_for_scripts(day: Day) -> None:
    texts = [line["data"].get("text") for line in day.said["esc log"].lines]

    assert ESCAPES in texts
    assert "\x1b[31m" in day.said["esc"].json["change"]["diff"]


def test_a_dirty_checkout_is_left_alone_and_the_command_named(day: Day) -> None:
    answer = day.said["dirty"].json

    assert [row["id"] for row in answer["landed"]] == ["c-FINE"]
    assert any(
        "git pull --ff-only .darkfactory/hub.git main" in text for text in answer["warnings"]
    )


def test_the_checkout_follows_once_it_is_clean(day: Day) -> None:
    user, hub = Repository(day.factory.root), Repository(day.factory.state.hub)

    assert user.head == hub.git("rev-parse", "refs/heads/main")
    assert user.git("status", "--porcelain") == ""


def test_two_gates_at_once_land_each_change_once(day: Day) -> None:
    landed = {
        name: [row["id"] for row in day.said[name].json["landed"]] for name in ("LEFT", "HICCUP")
    }

    assert "c-LEFT" in landed["LEFT"]
    assert "c-HICCUP" in landed["HICCUP"]
    counted = Counter(
        event.data["item"] for event in day.events["evening"] if event.type == "change.landed"
    )
    assert (counted["LEFT"], counted["HICCUP"]) == (1, 1)


def test_bounces_say_why_and_where(day: Day) -> None:
    rows = {row["id"]: row for row in day.said["some bounce"].json["bounced"]}

    assert rows["c-RIGHT"]["reason"] == "harness"
    assert rows["c-RIGHT"]["detail"]["failing"] == ["left-and-right"]
    assert rows["c-ZWEI"]["reason"] == "textual"
    assert rows["c-ZWEI"]["detail"]["files"] == ["same.txt"]


@pytest.mark.parametrize(("item", "told"), [("RIGHT", "- left-and-right"), ("ZWEI", "same.txt")])
def test_a_bounced_change_goes_back_to_its_conversation_and_lands(
    day: Day, item: str, told: str
) -> None:
    landed = [row["id"] for row in day.said["land late"].json["landed"]]

    assert {event.session for event in day.of("session.started", item)} == {f"s-{item}-1"}
    assert told in prompts(day, f"s-{item}-1")[1]
    assert f"c-{item}" in landed
    assert change(day, item, "evening gate")["revision"] == 2


def test_a_bounced_change_is_mended_in_the_merge_that_was_red(day: Day) -> None:
    hub = Repository(day.factory.state.hub)
    outputs = [e.data.get("output") for e in day.log("s-ZWEI-1") if e.type == "tool.finished"]

    assert hub.git("show", "main:same.txt") == "beide"
    assert hub.git("ls-tree", "--name-only", "main", "left", "right", "right2").split() == [
        "left",
        "right2",
    ]
    assert any("<<<<<<<" in str(output) and "eins" in str(output) for output in outputs)


def test_harness_touching_changes_need_a_word_of_their_own(day: Day) -> None:
    answer = day.said["touches"].json

    assert [row["id"] for row in answer["landed"]] == ["c-LOOP"]
    assert [row["id"] for row in answer["refused"]] == ["c-TOUCH"]
    assert "c-TOUCH landed as" in day.said["touches alone"].out


def test_rework_reaches_the_same_conversation_with_the_words_and_the_quoted_code(
    day: Day,
) -> None:
    first, second = prompts(day, "s-AGAIN-1")
    turns = [e.data.get("trigger") for e in day.log("s-AGAIN-1") if e.type == "turn.started"]

    assert "PLEASE-RENAME" not in first
    assert "PLEASE-RENAME it\n\nsrc/again.py:2\n```\n" in second
    assert "    2 > two = 2" in second
    assert turns == ["start", "steer"]
    assert "PLEASE-RENAME" in raw(day, "s-AGAIN-1")


def test_the_next_revision_is_the_same_change_and_its_approval_is_void(day: Day) -> None:
    again = change(day, "AGAIN", "evening gate")

    assert (again["id"], again["revision"], again["state"]) == ("c-AGAIN", 2, "waiting_taste")
    assert Repository(day.factory.state.hub).git("show", "main:src/again.py").split("\n")[1] == (
        "zwei = 2"
    )


def test_an_answer_without_a_new_diff_comes_back_with_its_words(day: Day) -> None:
    shown = day.said["asked"].json["change"]

    assert (shown["state"], shown["revision"]) == ("waiting_taste", 1)
    assert shown["summary"] == "WHY-SO is done."
    assert prompts(day, "s-WHYEVER-1")[1].count("WHY-SO?") == 1


def test_a_reimplementation_is_a_fresh_attempt_that_cites_the_closed_change(day: Day) -> None:
    (prompt,) = prompts(day, "s-ANEW-2")
    fresh = change(day, "ANEW", "evening gate")

    assert "Change c-ANEW (commit " in prompt
    assert "closed by tester to be implemented anew with the words: wrong layer." in prompt
    assert "src/anew.py" in prompt
    assert (fresh["id"], fresh["session"], fresh["revision"]) == ("c-ANEW-2", "s-ANEW-2", 1)


def test_a_closed_item_does_not_start_again(day: Day) -> None:
    assert len(day.of("session.started", "DROP")) == 1
    assert not [row for row in day.said["evening gate"].json["changes"] if row["item"] == "DROP"]


def test_a_deferred_change_is_last_in_the_list_and_says_so(day: Day) -> None:
    rows = day.said["evening gate"].json["changes"]

    assert (rows[-1]["item"], rows[-1]["state"]) == ("ESC", "deferred")


def test_a_watching_gate_lands_what_is_approved_elsewhere(day: Day) -> None:
    answers = day.said["watch"].lines

    assert [row["id"] for row in answers[-1]["landed"]] == ["c-ENV"]


def test_the_gates_log_says_who_did_what_and_why(day: Day) -> None:
    entries = day.said["log"].json["entries"]
    told: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        told.setdefault(entry["item"], []).append(entry)
    verbs = {item: [entry["event"] for entry in rows] for item, rows in told.items()}

    assert [entry["ts"] for entry in entries] == sorted(entry["ts"] for entry in entries)
    assert verbs["FINE"] == ["proposed", "checked", "waiting", "approved", "landed"]
    approved, landed = told["FINE"][3:]
    assert (approved["by"], approved["text"]) == ("tester", "nice")
    assert approved["taste"] == [{"question": "Is it small?", "answer": True}]
    assert landed["tree"] == landed["tested_tree"]
    assert told["DROP"][-1]["reason"] == "duplicate"
    assert told["ANEW"][3]["text"] == "wrong layer"
    assert [row["reason"] for row in told["ZWEI"] if row["event"] == "bounced"] == ["textual"]


def test_changes_that_exclude_each_other_are_shown_on_both_sides(day: Day) -> None:
    assert change(day, "LEFT")["conflicts_with"] == ["c-ZWEI"]
    assert change(day, "ZWEI")["conflicts_with"] == ["c-LEFT"]


def test_edits_outside_the_lane_are_flagged_and_offered(day: Day) -> None:
    (proposed,) = day.of("change.proposed", "LEFT")

    assert proposed.data["out_of_lane"] == ["left", "same.txt"]
    assert change(day, "LEFT")["state"] == "waiting_taste"


def test_every_landed_tree_is_the_tested_one(day: Day) -> None:
    landings = [event.data for event in day.factory.events() if event.type == "change.landed"]

    assert len(landings) == 9
    tips = {row["tip"]: row["tested_tree"] for row in landings}
    assert tips == {row["commit"]: row["tree"] for row in landings if row["commit"] in tips}
    audited = [event for event in day.factory.events() if event.type == "change.audited"]
    assert len(audited) == len(landings)


def test_errors_in_json_are_one_object_on_stderr(day: Day) -> None:
    for name in ("morning", "evening"):
        for line in day.said[name].out.splitlines():
            json.loads(line)

    assert day.said["nowhere"].out == ""
    assert day.said["nowhere"].err.startswith("error: ")
    assert "\n  fix: " in day.said["nowhere"].err
