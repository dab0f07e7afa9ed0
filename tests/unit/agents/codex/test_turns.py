"""Turns: how they begin and end, what a steer or an interrupt does to them, and races of these."""

from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, CloseInput, Native, Refused
from tests.fakes.codex_transcripts import (
    THREAD,
    TURN,
    Replay,
    command,
    opened,
    spec_of,
    thread_of,
    working,
)
from tests.fakes.event_contract import problems_in


def completed(made: Replay, turn: str = TURN, status: str = "completed", **more: Any) -> None:
    made.note("turn/completed", turn={"id": turn, "status": status, **more})


def idle() -> Replay:
    made = working()
    completed(made)
    return made


def test_it_says_hello_tries_the_sandbox_opens_a_thread_and_gives_the_prompt() -> None:
    made = working()

    methods = [line["method"] for line in made.sent]
    assert methods == ["initialize", "initialized", "command/exec", "thread/start", "turn/start"]
    assert made.asked("turn/start") == [
        {"threadId": THREAD, "input": [{"type": "text", "text": "# ITEM-1: fix\n"}]}
    ]
    assert made.natives == [Native(THREAD, "a-model", "0.169.0")]


def test_a_finished_turn_carries_its_last_words() -> None:
    made = working()

    for text in ("One.", "Two."):
        made.note("item/completed", item={"type": "agentMessage", "id": text, "text": text})
    completed(made)

    assert made.only("turn.finished") == {"reason": "done", "text": "Two."}


def test_the_last_words_of_a_turn_are_not_those_of_the_turn_before() -> None:
    made = working()
    made.note("item/completed", item={"type": "agentMessage", "id": "m", "text": "One."})
    completed(made)

    made.steer("more")
    made.reply(turn={"id": "turn-2"})
    completed(made, "turn-2", "interrupted")

    assert [turn["text"] for turn in made.of("turn.finished")] == ["One.", ""]


def test_a_steer_goes_to_the_running_turn_by_its_id() -> None:
    made = working()

    control = made.steer("left, not right")
    made.reply(turnId=TURN)

    assert made.asked("turn/steer") == [
        {
            "threadId": THREAD,
            "expectedTurnId": TURN,
            "input": [{"type": "text", "text": "left, not right"}],
        }
    ]
    assert made.answers == {control: Applied(control)}


def test_a_steer_before_the_first_turn_runs_waits_for_it() -> None:
    made = opened(spec_of(""))

    control = made.steer("left, not right")
    before = made.asked("turn/steer")
    made.reply(userAgent="df/0.169.0")
    made.reply(exitCode=0)
    made.reply(**thread_of())
    made.reply(turn={"id": TURN})
    made.reply(turnId=TURN)

    assert before == []
    assert made.asked("turn/steer")[0]["expectedTurnId"] == TURN
    assert made.answers == {control: Applied(control)}


def test_a_steer_while_idle_begins_a_turn() -> None:
    made = idle()

    control = made.steer("go on")
    made.reply(turn={"id": "turn-2"})
    completed(made, "turn-2")

    assert made.answers == {control: Applied(control)}
    assert [turn["trigger"] for turn in made.of("turn.started")] == ["start", "steer"]
    assert len(made.of("turn.finished")) == 2
    assert not problems_in(made.events)


def test_two_steers_while_idle_share_the_turn_that_the_first_begins() -> None:
    made = idle()

    first, second = made.steer("one"), made.steer("two")
    made.reply(turn={"id": "turn-2"})
    made.reply(turnId="turn-2")

    assert made.answers == {first: Applied(first), second: Applied(second)}
    assert len(made.asked("turn/start")) == 2
    assert made.asked("turn/steer")[0]["expectedTurnId"] == "turn-2"


def test_a_steer_that_races_with_the_end_of_its_turn_begins_the_next() -> None:
    made = working()

    control = made.steer("one more thing")
    completed(made)
    made.refuse("no active turn to steer")
    made.reply(turn={"id": "turn-2"})

    assert made.asked("turn/start")[-1]["input"] == [{"type": "text", "text": "one more thing"}]
    assert made.answers == {control: Applied(control)}
    assert [turn["trigger"] for turn in made.of("turn.started")] == ["start", "steer"]


def test_a_steer_refused_before_the_end_of_its_turn_is_told_is_not_lost_either() -> None:
    made = working()

    control = made.steer("one more thing")
    made.refuse("no active turn to steer")
    made.reply(turn={"id": "turn-2"})
    completed(made)
    completed(made, "turn-2")
    made.end()

    assert made.answers == {control: Applied(control)}
    assert made.types().count("turn.started") == made.types().count("turn.finished") == 2
    assert not problems_in(made.events)


def test_two_steers_refused_at_the_end_of_a_turn_are_both_taken() -> None:
    made = working()

    first, second = made.steer("one"), made.steer("two")
    completed(made)
    for line in made.sent[-2:]:
        made.hear(b'{"id": %d, "error": {"message": "no active turn to steer"}}' % line["id"])
    made.reply(turn={"id": "turn-2"})
    made.reply(turnId="turn-2")

    assert made.answers == {first: Applied(first), second: Applied(second)}


def test_a_turn_whose_end_was_never_told_ends_with_the_next_one() -> None:
    made = working()

    made.steer("one more thing")
    made.refuse("no active turn to steer")
    made.reply(turn={"id": "turn-2"})
    completed(made, "turn-2")
    made.end()

    assert [turn["reason"] for turn in made.of("turn.finished")] == ["done", "done"]
    assert not problems_in(made.events)


def test_a_turn_start_that_the_running_turn_takes_in_is_a_steer() -> None:
    made = working()

    control = made.steer("one more thing")
    made.refuse("the turn is not steerable")
    made.reply(turn={"id": TURN})
    completed(made)

    assert made.answers == {control: Applied(control)}
    assert len(made.of("turn.started")) == 1


def test_a_steer_that_no_turn_takes_is_refused_and_the_next_one_tried() -> None:
    made = idle()

    first, second = made.steer("one"), made.steer("two")
    made.refuse("no quota")
    made.reply(turn={"id": "turn-2"})

    assert made.answers == {first: Refused(first, "no quota"), second: Applied(second)}


def test_an_interrupt_ends_the_turn_and_aborts_what_ran() -> None:
    made = working()
    made.note("item/started", item=command("c-1", "sleep 99"))

    control = made.interrupt()
    made.reply()
    completed(made, status="interrupted")

    assert made.asked("turn/interrupt") == [{"threadId": THREAD, "turnId": TURN}]
    assert made.answers == {control: Applied(control)}
    assert made.only("tool.finished")["status"] == "aborted"
    assert made.only("turn.finished")["reason"] == "interrupted"


def test_an_interrupt_before_the_first_turn_runs_ends_it_when_it_does() -> None:
    made = opened(spec_of(""))

    control = made.interrupt()
    made.reply(userAgent="df/0.169.0")
    made.reply(exitCode=0)
    made.reply(**thread_of())
    made.reply(turn={"id": TURN})
    made.reply()
    completed(made, status="interrupted")

    assert made.asked("turn/interrupt") == [{"threadId": THREAD, "turnId": TURN}]
    assert made.answers == {control: Applied(control)}


def test_an_interrupt_while_idle_is_refused() -> None:
    made = idle()

    control = made.interrupt()

    assert made.answers == {control: Refused(control, "no turn is running")}


def test_an_interrupt_that_comes_too_late_is_refused() -> None:
    made = working()

    control = made.interrupt()
    completed(made)
    made.refuse("no active turn to interrupt")

    assert made.answers == {control: Refused(control, "no active turn to interrupt")}
    assert made.only("turn.finished")["reason"] == "done"


def test_an_interrupt_ends_the_turns_of_sub_agents_as_well() -> None:
    made = working()
    made.note("turn/started", threadId="child", turn={"id": "turn-c"})

    made.interrupt()

    ended = made.asked("turn/interrupt")
    assert {"threadId": "child", "turnId": "turn-c"} in ended
    assert len(ended) == 2


def test_what_an_interrupted_command_still_says_is_not_told() -> None:
    made = working()
    made.note("item/started", item=command("c-1", "sleep 99"))
    made.interrupt()
    completed(made, status="interrupted")

    made.note("item/commandExecution/outputDelta", itemId="c-1", delta="late")
    made.note("item/completed", item=command("c-1", status="completed", exitCode=0))

    assert len(made.of("tool.finished")) == 1
    assert not made.of("tool.output")


def test_a_turn_that_codex_begins_by_itself_is_told() -> None:
    made = idle()

    made.note("turn/started", turn={"id": "turn-2"})
    completed(made, "turn-2")

    assert len(made.of("turn.started")) == len(made.of("turn.finished")) == 2


def test_an_old_turns_end_told_again_ends_nothing() -> None:
    made = idle()
    made.steer("go on")
    made.reply(turn={"id": "turn-2"})

    completed(made, TURN)

    assert len(made.of("turn.finished")) == 1


def test_a_failed_turn_says_why_once() -> None:
    made = working()
    error = {"message": "too much demand", "codexErrorInfo": "serverOverloaded"}

    made.note("error", error=error, willRetry=False)
    completed(made, status="failed", error=error)

    assert made.of("error") == [{"code": "codex.serverOverloaded", "text": "too much demand"}]
    assert made.only("turn.finished")["reason"] == "api_error"


def test_a_failed_turn_without_an_error_before_it_says_why_too() -> None:
    made = working()

    completed(made, status="failed", error={"message": "no", "codexErrorInfo": {"x": {}}})

    assert made.only("error") == {"code": "codex.x", "text": "no"}


def test_codex_own_budget_ends_the_turn_as_a_budget() -> None:
    made = working()

    error = {"message": "spent", "codexErrorInfo": "sessionBudgetExceeded"}
    completed(made, status="failed", error=error)

    assert made.only("turn.finished")["reason"] == "budget"


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
def test_a_handshake_that_is_refused_ends_the_turn_and_refuses_what_waits(answers: int) -> None:
    made = opened(spec_of(""))
    given: list[dict[str, Any]] = [{"userAgent": "df/1"}, {"exitCode": 0}, thread_of()]
    for answer in given[:answers]:
        made.reply(**answer)
    steer, stop = made.steer("wait"), made.interrupt()

    made.refuse("not today")

    assert made.only("error")["text"] == "not today"
    assert made.only("turn.finished")["reason"] == "api_error"
    assert set(made.answers) == {steer, stop}
    late = made.steer("and now?")
    assert made.answers[late] == Refused(late, "not today")


def test_finishing_closes_its_input() -> None:
    made = idle()

    assert made.conversation.finish() == [CloseInput()]


def test_the_end_of_the_program_closes_calls_and_turn() -> None:
    made = working()
    made.note("item/started", item=command("c-1"))

    made.end(None, 9)

    assert made.only("tool.finished")["status"] == "unknown"
    assert made.types()[-2:] == ["tool.finished", "turn.finished"]
    assert made.only("turn.finished")["reason"] == "killed"


def test_the_end_of_an_idle_program_says_nothing_more() -> None:
    made = idle()
    told = len(made.events)

    made.end(0)

    assert len(made.events) == told
