"""The talk with one agent as the log tells it."""

from pathlib import Path

import pytest

from darkfactory.agents.protocol import Applied, CloseInput, Emit, Lost, Native, Send, Step
from darkfactory.domain.session import ControlOp, TurnEnd
from tests.fakes.rehearsal import Rehearsal, turn_begins, turn_over, usage


def ask(request: str) -> Emit:
    return Emit("approval.requested", {"request": request, "call": None, "kind": "shell"})


def delta(call: str, text: str) -> Emit:
    return Emit("tool.output", {"call": call, "delta": text})


def test_the_prompt_is_the_first_message(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    assert session.types() == ["message", "turn.started"]
    assert session.data("message") == [{"role": "user", "text": "item-1: Mend it"}]


def test_turns_are_counted_and_every_event_names_its_turn(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(turn_over("interrupted"), Emit("warning", {"text": "late"}))
    session.agent_says(turn_begins(), Emit("thought", {"text": "hm"}), turn_over())

    assert [(event.type, event.turn) for event in session.events()] == [
        ("message", None),
        ("turn.started", 1), ("turn.finished", 1), ("warning", 1),
        ("turn.started", 2), ("thought", 2), ("turn.finished", 2),
    ]  # fmt: skip


def test_a_session_that_is_taken_up_again_counts_its_turns_on(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, turns_before=4, epoch=2)

    assert [(event.type, event.turn) for event in session.events()] == [
        ("message", None), ("turn.started", 5),
    ]  # fmt: skip


def test_a_turn_ends_once(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(turn_over("done"), turn_over("interrupted"))

    assert [data["reason"] for data in session.data("turn.finished")] == ["done"]
    assert session.dialogue.turn_end is TurnEnd.DONE


def test_usage_never_falls_and_counts_on_from_before(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, total_before=50, cost_before=0.2, requests_before=3)

    session.agent_says(usage(40, usd=0.1), usage(90), usage(80, usd=0.5))

    used = session.dialogue.used
    assert (used.tokens, used.usd, used.requests) == (90, 0.5, 6)


def test_only_model_requests_count_as_turns_of_the_budget(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Emit("usage", {"scope": "session", "total_session": 7}))

    assert (session.dialogue.used.tokens, session.dialogue.used.requests) == (7, 0)


def test_output_is_held_back_and_written_together(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(delta("t-1", "a"), delta("t-2", "x"), delta("t-1", "b"))
    assert session.data("tool.output") == []
    assert session.dialogue.holds_output
    session.dialogue.flush()

    assert session.data("tool.output") == [
        {"call": "t-1", "delta": "ab"}, {"call": "t-2", "delta": "x"},
    ]  # fmt: skip
    assert not session.dialogue.holds_output


def test_output_comes_before_whatever_comes_after_it(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(
        Emit("tool.started", {"call": "t-1"}),
        delta("t-1", "a"),
        Emit("tool.finished", {"call": "t-1", "status": "ok"}),
    )

    assert session.types()[2:] == ["tool.started", "tool.output", "tool.finished"]


def test_of_a_flood_of_output_the_end_is_kept(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(*(delta("t-1", "x" * 100_000) for _ in range(10)), delta("t-1", "end"))
    session.dialogue.flush()

    (told,) = session.data("tool.output")
    assert len(told["delta"]) == 256 * 1024
    assert told["delta"].endswith("xend")


def test_open_approvals_are_denied_when_the_turn_ends(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(ask("r-1"), ask("r-2"), turn_over())

    assert session.data("approval.resolved") == [
        {"request": "r-1", "decision": "deny", "by": "turn end"},
        {"request": "r-2", "decision": "deny", "by": "turn end"},
    ]
    assert session.dialogue.approvals == {}
    assert session.types()[-1] == "turn.finished"


def test_steps_are_done_in_their_order(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Send(b"one\n"), CloseInput())

    assert session.sent == [b"one\n", None]


def test_what_the_agent_tells_of_itself_is_logged_once(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, native="n-1")

    session.agent_says(*[Native("n-1", "gpt", "2.0")] * 3)

    assert session.data("session.native") == [{"id": "n-1", "model": "gpt", "version": "2.0"}]


def test_another_model_in_the_same_conversation_is_logged(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Native("n-1", "gpt", "2.0"), Native(model="other"))

    told = [data["model"] for data in session.data("session.native")]
    assert told == ["gpt", "other"]
    assert session.dialogue.native == "n-1"


def test_a_model_without_a_conversation_is_not_logged_yet(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Native(None, "gpt"), Native("n-1"))

    assert session.data("session.native") == [{"id": "n-1", "model": "gpt", "version": None}]


def test_an_id_of_ours_that_the_agent_never_took_is_no_conversation(tmp_path: Path) -> None:
    assert Rehearsal(tmp_path, native="n-0").dialogue.native is None


def test_a_resumed_conversation_is_known_before_it_says_so(tmp_path: Path) -> None:
    assert Rehearsal(tmp_path, resume="n-0").dialogue.native == "n-0"


def test_a_conversation_that_cannot_be_taken_up_is_not_tried_again(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, resume="n-0")

    session.agent_says(Lost())

    assert session.dialogue.native is None


def test_what_was_open_is_closed_when_the_program_is_gone(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.STEER, text="go on")
    session.agent_says(
        Emit("tool.started", {"call": "t-2"}), Emit("tool.started", {"call": "t-1"}),
        ask("r-1"), delta("t-1", "half"),
    )  # fmt: skip

    session.dialogue.ended(3, None)

    assert session.told[-1] == "ended 3 None"
    assert session.types()[-6:] == [
        "tool.output", "tool.finished", "tool.finished", "approval.resolved", "turn.finished",
        "control.expired",
    ]  # fmt: skip
    assert [data["status"] for data in session.data("tool.finished")] == ["unknown", "unknown"]
    assert session.data("turn.finished") == [{"reason": "killed", "text": ""}]
    assert session.data("control.expired")[0]["id"] == "c-1"


def test_what_the_adapter_closes_itself_is_not_closed_twice(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(Emit("tool.started", {"call": "t-1"}))
    last: list[Step] = [
        Emit("tool.finished", {"call": "t-1", "status": "aborted"}), turn_over("killed", "bye"),
    ]  # fmt: skip
    session.conversation.at_end = last

    session.dialogue.ended(None, 9)

    assert [data["status"] for data in session.data("tool.finished")] == ["aborted"]
    assert session.data("turn.finished") == [{"reason": "killed", "text": "bye"}]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([Emit("message", {"role": "assistant", "text": "A"}), turn_over("done", "")], "A"),
        ([Emit("message", {"role": "assistant", "text": "A"}), turn_over("done", "B")], "B"),
        ([Emit("message", {"role": "assistant", "text": "S"}, "helper", "main")], ""),
        ([Emit("message", {"role": "system", "text": "S"})], ""),
    ],
)
def test_last_words_are_the_agents_own(tmp_path: Path, said: list[Step], words: str) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(*said)

    assert session.dialogue.last_words == words


def test_of_endless_last_words_the_end_is_kept(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(turn_over("done", "x" * 1_000_000 + "."))

    assert len(session.dialogue.last_words) == 64 * 1024
    assert session.dialogue.last_words.endswith("x.")


def test_sub_agents_keep_their_names(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Emit("thought", {"text": "hm"}, agent="helper", parent="mock"))

    event = session.events()[-1]
    assert (event.agent, event.parent) == ("helper", "mock")
    assert session.events()[0].agent == "mock"


def test_no_secret_reaches_the_log_or_the_summary(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, secrets={"API_KEY": "hunter2-hunter2"})

    session.agent_says(
        Emit("tool.started", {"call": "t-1", "command": "curl -H hunter2-hunter2"}),
        delta("t-1", "hunter2"), delta("t-1", "-hunter2"),
        turn_over("done", "The key is hunter2-hunter2."),
    )  # fmt: skip

    assert b"hunter2-hunter2" not in Path(session.log.file).read_bytes()
    assert session.dialogue.last_words == "The key is [redacted API_KEY]."


def test_a_line_nested_beyond_reading_is_a_warning(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.dialogue.hear(b"[" * 100_000)

    (warning,) = session.data("warning")
    assert warning["text"] == "a line of 100000 bytes is nested too deeply to be read"


def test_a_control_that_was_applied_is_waited_for_no_longer(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.STEER, "c-1", text="a")
    session.asked(ControlOp.INTERRUPT, "c-2")
    before = (session.dialogue.waiting_steers, session.dialogue.is_waiting("c-2"))

    session.agent_says(Applied("c-2"), Applied("c-1"))

    assert before == (("c-1",), True)
    assert (session.dialogue.waiting_steers, session.dialogue.is_waiting("c-2")) == ((), False)


SKILLS = ({"name": "commit", "version": "1", "sha256": "f", "deliver": "inline-nn"},)


def test_each_message_of_ours_reminds_of_the_skills_and_says_so(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, skills=SKILLS, reminder="Skills for this work: commit.")

    session.dialogue.steer("c-1", "Look again.")
    session.agent_says(Applied("c-1"))

    said = session.data("message")[-1]["text"]
    assert said == "Look again.\n\nSkills for this work: commit."
    assert session.data("skill.mention") == [{"names": ["commit"], "turn": 1}] * 2


def test_an_agent_that_is_to_end_is_not_sent_to_its_skills(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, skills=SKILLS, reminder="Skills for this work: commit.")

    session.dialogue.steer("c-1", "Stop here.", ends=True)
    session.agent_says(Applied("c-1"))

    assert session.data("message")[-1]["text"] == "Stop here."
    assert len(session.data("skill.mention")) == 1


def test_a_skill_that_is_only_installed_is_not_said_to_be_mentioned(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, skills=({**SKILLS[0], "deliver": "catalog"},))

    assert session.data("skill.mention") == []


def test_what_a_call_opens_of_a_skill_and_breaks_of_its_rules_stands_behind_it(
    tmp_path: Path,
) -> None:
    check = {"trace": {"never": {"arg": "--no-verify"}}}
    rules = ({"skill": "commit", "id": "NN-1", "check": check},)
    session = Rehearsal(tmp_path, skills=SKILLS, rules=rules)
    command = "cat .agents/skills/commit/SKILL.md; git commit --no-verify"
    call = {"call": "1", "kind": "shell", "name": "Bash", "command": command, "paths": []}

    session.agent_says(
        Emit("tool.started", call), Emit("tool.finished", {"call": "1", "status": "ok"})
    )

    assert session.types()[-3:] == ["tool.finished", "skill.loaded", "nn.violated"]
