"""Turns: how they begin and end, what a steer or an interrupt does to them, and races of these."""

import json
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, CloseInput, Lost, Native, Refused
from tests.fakes.acp_replay import SESSION, AcpReplay, introduced, started, working
from tests.fakes.codex_transcripts import line_of
from tests.fakes.event_contract import problems_in


def idle(*, steers: bool = False) -> AcpReplay:
    made = working(steers=steers)
    made.end_turn()
    return made


def prompts(made: AcpReplay) -> list[str]:
    return [params["prompt"][0]["text"] for params in made.asked("session/prompt")]


def test_it_says_hello_opens_a_session_and_gives_the_prompt() -> None:
    made = working()

    assert made.methods == ["initialize", "session/new", "session/prompt"]
    assert made.asked("session/new") == [{"cwd": "/run/repo", "mcpServers": []}]
    assert prompts(made) == ["# ITEM-1: fix\n"]
    assert made.natives == [Native(SESSION, None, "7.1")]
    assert made.only("turn.started") == {"trigger": "start"}


SERVER = {"name": "docs", "command": ["/bin/facts", "-x", "f.json"], "env": {"A": "b"}}


@pytest.mark.parametrize("method", ["session/new", "session/load"])
def test_the_agent_is_given_the_servers_of_its_session(method: str) -> None:
    more = {"resume": SESSION} if method == "session/load" else {}
    made = started(mcp=[SERVER], **more)
    made.reply(**introduced())

    (opened,) = made.asked(method)

    assert opened["mcpServers"] == [
        {
            "name": "docs",
            "command": "/bin/facts",
            "args": ["-x", "f.json"],
            "env": [{"name": "A", "value": "b"}],
        }
    ]


def test_it_offers_neither_files_nor_terminals() -> None:
    made = working()

    (hello,) = made.asked("initialize")
    files = {"readTextFile": False, "writeTextFile": False}
    assert hello["clientCapabilities"] == {"fs": files, "terminal": False}


@pytest.mark.parametrize("method", ["fs/read_text_file", "terminal/create", "mcp/connect"])
def test_what_it_does_not_offer_is_answered_as_unknown(method: str) -> None:
    made = working()

    made.ask("q", method, path="/etc/passwd")

    assert made.replies["q"]["error"]["code"] == -32601
    assert method in made.only("warning")["text"]


def test_the_pieces_of_a_message_are_one_message() -> None:
    made = working()
    made.say("Look")
    made.say("ing.")
    made.say("Next.", "m-2")
    made.end_turn()

    assert [data["text"] for data in made.of("message")] == ["Looking.", "Next."]
    assert made.only("turn.finished") == {"reason": "done", "text": "Next."}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("end_turn", "done"),
        ("max_tokens", "budget"),
        ("max_turn_requests", "max_turns"),
        ("refusal", "api_error"),
        ("cancelled", "api_error"),
        (None, "api_error"),
        ({"no": "word"}, "api_error"),
    ],
)
def test_a_turn_ends_as_the_agent_says(told: Any, reason: str) -> None:
    made = working()
    made.end_turn(told)

    assert made.only("turn.finished")["reason"] == reason
    assert bool(made.of("error")) is (reason == "api_error")


def test_a_turn_that_fails_says_why() -> None:
    made = working()
    made.refuse("the model is on fire")

    assert made.only("error")["text"] == "the model is on fire"
    assert made.only("turn.finished")["reason"] == "api_error"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"message": "Internal error", "data": {"details": "on fire"}}, "Internal error: on fire"),
        (
            {"message": "Internal error", "data": {"service": "x"}},
            'Internal error: {"service": "x"}',
        ),
        ({"message": "Internal error", "data": {}}, "Internal error"),
        ({"message": "Internal error", "data": ""}, "Internal error"),
        ({"message": "Invalid params", "data": ["model"]}, 'Invalid params: ["model"]'),
        (
            {"code": -32000, "message": "Who?"},
            "Who?; it wants a log-in (untold): pass it a key by pass_env",
        ),
        ({}, "no reason given"),
    ],
)
@pytest.mark.parametrize("opened", [True, False])
def test_an_error_tells_all_that_the_agent_says_and_what_to_do(
    error: dict[str, Any], said: str, *, opened: bool
) -> None:
    made = working() if opened else started()
    if not opened:
        made.reply(**introduced())
    made.fail(**error)

    told = made.only("error")["text"].removeprefix("the agent refused session/new: ")
    assert told == said


def test_an_agent_that_never_said_hello_is_told_apart() -> None:
    silent, shy, talking = started(), started(), working()
    shy.reply(**introduced())
    for made in (silent, shy, talking):
        made.steps += made.conversation.ended(0, None)

    assert "never said hello" in silent.only("error")["text"]
    assert shy.only("error")["text"] == "the agent never answered session/new"
    assert talking.of("error") == []


def test_words_that_are_no_utf8_are_heard_with_marks_in_their_place() -> None:
    made = working()
    said = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "caf?"}}
    params = {"sessionId": SESSION, "update": said}
    line = line_of({"method": "session/update", "params": params})
    made.hear(line.replace(b"?", b"\xe9"))
    made.end_turn()

    assert made.only("turn.finished")["text"] == "caf\ufffd"


@pytest.mark.parametrize(("id_", "heard"), [(1.0, True), (1.5, False), (True, False), ("1", False)])
def test_an_answer_has_the_number_that_was_asked(id_: Any, *, heard: bool) -> None:
    made = started()
    made.hear(line_of({"id": id_, "result": introduced()}))

    assert ("session/new" in made.methods) is heard
    assert bool(made.of("warning")) is not heard


@pytest.mark.parametrize("version", [2, 0, "2025-01-01", None])
def test_another_version_of_the_protocol_is_not_spoken(version: Any) -> None:
    made = started()
    made.reply(**{**introduced(), "protocolVersion": version})
    late = made.steer("hello?")

    assert made.methods == ["initialize"]
    assert f"version {json.dumps(version)} of the protocol" in made.only("error")["text"]
    assert made.only("turn.finished")["reason"] == "api_error"
    assert isinstance(made.answers[late], Refused)


def test_a_session_without_an_id_is_none() -> None:
    made = started()
    made.reply(**introduced())
    made.reply(sessionId=7)

    assert "without an id" in made.only("error")["text"]


def test_a_conversation_is_taken_up_and_its_past_is_not_told_again() -> None:
    made = started(resume=SESSION, prompt="Go on.")
    made.reply(**introduced())
    made.say("of then")
    made.reply()
    made.end_turn()

    assert made.methods == ["initialize", "session/load", "session/prompt"]
    assert made.asked("session/load")[0]["sessionId"] == SESSION
    assert made.of("message") == []
    assert made.only("turn.started") == {"trigger": "resume"}


def test_it_is_taken_up_without_its_past_where_that_is_possible() -> None:
    made = started(resume=SESSION)
    made.reply(**introduced(can={"loadSession": True, "sessionCapabilities": {"resume": {}}}))

    assert made.methods == ["initialize", "session/resume"]


def test_an_agent_that_forgets_gets_no_id_to_be_taken_up_by() -> None:
    made = started()
    made.reply(**introduced(can={}))
    made.reply(sessionId=SESSION)

    assert made.natives == [Native(None, None, "7.1")]


@pytest.mark.parametrize(
    ("error", "lost"),
    [({"code": -32603, "message": "No previous sessions"}, True), ({"code": -32000}, False)],
)
def test_a_conversation_that_the_agent_does_not_know_is_lost(
    error: dict[str, Any], *, lost: bool
) -> None:
    made = started(resume=SESSION)
    made.reply(**introduced())
    made.fail(**error)

    assert (Lost() in made.steps) is lost
    assert made.only("turn.finished")["reason"] == "api_error"


def test_an_agent_that_forgets_takes_nothing_up() -> None:
    made = started(resume=SESSION)
    made.reply(**introduced(can={}))

    assert "cannot take up" in made.only("error")["text"]


@pytest.mark.parametrize(
    ("session", "method", "key"),
    [
        (
            {
                "configOptions": [
                    {
                        "id": "m",
                        "type": "select",
                        "category": "model",
                        "currentValue": "small",
                        "options": [{"name": "all", "options": [{"value": "big"}]}],
                    }
                ]
            },
            "session/set_config_option",
            {"configId": "m", "value": "big"},
        ),
        (
            {"models": {"currentModelId": "small", "availableModels": [{"modelId": "big"}]}},
            "session/set_model",
            {"modelId": "big"},
        ),
    ],
    ids=["option", "older-form"],
)
def test_the_lanes_model_is_chosen_before_the_prompt(
    session: dict[str, Any], method: str, key: dict[str, Any]
) -> None:
    made = started(model="big")
    made.reply(**introduced())
    made.reply(sessionId=SESSION, **session)
    chosen = made.asked(method)
    made.reply()

    assert chosen == [{"sessionId": SESSION, **key}]
    assert made.methods[-1] == "session/prompt"
    assert made.natives[0].model == "big"


def test_a_model_that_is_not_offered_is_an_error_that_names_those() -> None:
    made = started(model="huge")
    made.reply(**introduced())
    made.reply(sessionId=SESSION, models={"availableModels": [{"modelId": "big"}]})

    assert made.only("error")["text"].endswith("'huge'; it offers: big")


def test_an_agent_that_wants_to_know_of_its_key_is_told_once() -> None:
    made = started()
    methods = [{"id": "web", "name": "Web"}, {"id": "key", "name": "Key", "_meta": {"api-key": {}}}]
    made.reply(**introduced(), authMethods=methods)
    wanted = {"code": -32000, "message": "log in"}
    made.fail(**wanted)
    told = made.asked("authenticate")
    made.reply()
    made.fail(**wanted)

    assert told == [{"methodId": "key"}]
    assert made.methods.count("authenticate") == 1
    assert "Web, Key" in made.only("error")["text"]


def test_a_steer_is_injected_where_the_agent_can() -> None:
    made = working(steers=True)
    control = made.steer("Mind the gap.")
    (given,) = made.asked("_session/steering")
    made.reply(outcome="injected")

    assert given["prompt"] == [{"type": "text", "text": "Mind the gap."}]
    assert given["_meta"] == {"steering": {"idleBehavior": "promptRequired"}}
    assert made.answers[control] == Applied(control, "now")
    assert len(prompts(made)) == 1


@pytest.mark.parametrize("answer", [{"outcome": "promptRequired"}, {"outcome": "failed"}, {}])
def test_a_steer_that_came_too_late_is_the_next_turn(answer: dict[str, Any]) -> None:
    made = working(steers=True)
    control = made.steer("Mind the gap.")
    steer = len([one for one in made.sent if "method" in one])
    made.end_turn()
    made.answer_to(steer, **answer)

    assert prompts(made)[1:] == ["Mind the gap."]
    assert made.answers[control] == Applied(control, "queued")
    assert [data["trigger"] for data in made.of("turn.started")] == ["start", "steer"]


def test_a_steer_that_is_refused_is_kept_for_the_next_turn() -> None:
    made = working(steers=True)
    control = made.steer("Mind the gap.")
    made.refuse("not now")
    made.end_turn()

    assert prompts(made)[1:] == ["Mind the gap."]
    assert made.answers[control] == Applied(control, "queued")


def test_without_the_extension_a_steer_waits_and_no_second_prompt_is_sent_meanwhile() -> None:
    made = working()
    first, second = made.steer("One."), made.steer("Two.")
    meanwhile = prompts(made)
    made.end_turn()

    assert len(meanwhile) == 1
    assert prompts(made)[1:] == ["One.\n\nTwo."]
    assert made.answers == {name: Applied(name, "queued") for name in (first, second)}
    assert problems_in(made.events) == ["the last turn is not finished"]


def test_a_steer_before_the_session_is_open_follows_its_prompt() -> None:
    made = started()
    made.steer("Mind the gap.")
    made.reply(**introduced(steers=True))
    made.reply(sessionId=SESSION)

    assert made.methods[-2:] == ["session/prompt", "_session/steering"]


def test_a_steer_while_it_is_idle_begins_a_turn() -> None:
    made = idle()
    control = made.steer("And now?")

    assert prompts(made)[1:] == ["And now?"]
    assert made.answers[control] == Applied(control, "queued")


def test_an_interrupt_cancels_the_turn_what_was_asked_and_what_waits() -> None:
    made = working(name="@agentclientprotocol/claude-agent-acp", autonomy="suggest")
    made.ask_leave(5, kind="execute", rawInput={"command": "ls"})
    waiting = made.steer("Later.")
    control = made.interrupt()
    made.update("tool_call_update", toolCallId="call-1", status="failed")
    made.end_turn("cancelled")

    assert made.asked("session/cancel") == [{"sessionId": SESSION}]
    assert made.outcome(5) == "cancelled"
    assert isinstance(made.answers[waiting], Refused)
    assert made.answers[control] == Applied(control)
    assert made.only("turn.finished")["reason"] == "interrupted"
    assert made.only("tool.finished")["status"] == "aborted"
    assert problems_in(made.events) == []


def test_an_agent_that_ends_by_itself_after_an_interrupt_was_interrupted() -> None:
    made = working()
    made.interrupt()
    made.end_turn("end_turn")

    assert made.only("turn.finished")["reason"] == "interrupted"


def test_what_is_asked_after_an_interrupt_is_cancelled() -> None:
    made = working()
    made.interrupt()
    made.ask_leave(6, kind="execute", rawInput={"command": "ls"})

    assert made.outcome(6) == "cancelled"


def test_a_steer_after_an_interrupt_is_the_next_turn() -> None:
    made = working(steers=True)
    made.interrupt()
    control = made.steer("This instead.")
    made.end_turn("cancelled")

    assert made.asked("_session/steering") == []
    assert prompts(made)[1:] == ["This instead."]
    assert isinstance(made.answers[control], Applied)


def test_an_interrupt_before_the_prompt_leaves_it_for_the_first_steer() -> None:
    made = started()
    control = made.interrupt()
    made.reply(**introduced())
    made.reply(sessionId=SESSION)
    before = prompts(made)
    made.steer("Now.")

    assert before == []
    assert made.of("turn.finished")[0]["reason"] == "interrupted"
    assert made.answers[control] == Applied(control)
    assert prompts(made) == ["# ITEM-1: fix\n\n\nNow."]


def test_an_interrupt_while_it_is_idle_is_refused() -> None:
    made = idle()
    control = made.interrupt()

    assert isinstance(made.answers[control], Refused)


def test_it_ends_with_its_input() -> None:
    made = idle()

    assert made.conversation.finish() == [CloseInput()]


def test_a_program_that_is_gone_leaves_nothing_open() -> None:
    made = working()
    made.update("tool_call", toolCallId="call-1", kind="execute", title="`make`")
    made.end(signal=9)

    assert made.only("tool.finished")["status"] == "unknown"
    assert made.only("turn.finished")["reason"] == "killed"
    assert problems_in(made.events) == []
