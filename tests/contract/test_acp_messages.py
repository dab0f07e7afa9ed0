"""What we and our small agent say is the Agent Client Protocol, by the models of its package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from acp import schema
from acp.meta import AGENT_METHODS, CLIENT_METHODS, PROTOCOL_VERSION
from pydantic import BaseModel, ValidationError

from darkfactory.agents.acp.handshake import PROTOCOL_VERSION as SPOKEN
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from tests.fakes.acp_replay import ASKS, SESSION, AcpReplay, introduced, started, working
from tests.fakes.agent_bench import make_bench, script

OURS: Mapping[str, type[BaseModel]] = {
    "initialize": schema.InitializeRequest,
    "authenticate": schema.AuthenticateRequest,
    "session/new": schema.NewSessionRequest,
    "session/load": schema.LoadSessionRequest,
    "session/resume": schema.ResumeSessionRequest,
    "session/prompt": schema.PromptRequest,
    "session/cancel": schema.CancelNotification,
    "session/set_mode": schema.SetSessionModeRequest,
    "session/set_config_option": schema.SetSessionConfigOptionSelectRequest,
}
THEIRS: Mapping[str, type[BaseModel]] = {
    "session/update": schema.SessionNotification,
    "session/request_permission": schema.RequestPermissionRequest,
}
EXTENSIONS = ("_session/steering", "session/set_model")
"""Outside of the schema: the steering extension, and how models were chosen before options."""
SELECT = {
    "id": "m",
    "name": "Model",
    "type": "select",
    "category": "model",
    "currentValue": "small",
    "options": [{"value": "big", "name": "Big"}],
}


def conversations() -> list[AcpReplay]:
    """Return conversations that together say all that we ever say."""
    suggesting = working(name=ASKS, autonomy="suggest", steers=True)
    suggesting.steer("more")
    for number, allow in enumerate((True, False)):
        call = {"toolCallId": str(number), "rawInput": {"command": "make"}}
        suggesting.ask_leave(number, **call)
        asked = suggesting.of("approval.requested")[-1]["request"]
        suggesting.answer(asked, approve=allow)
    suggesting.ask_leave(2, toolCallId="2", rawInput={"command": "make"})
    suggesting.ask("q", "terminal/create", command="sh")
    suggesting.interrupt()
    chosen = started(model="big")
    chosen.reply(**introduced())
    chosen.reply(sessionId=SESSION, configOptions=[SELECT])
    asking = started(autonomy="suggest")
    asking.reply(**introduced(name=ASKS))
    asking.reply(sessionId=SESSION)
    loading, resuming = started(resume=SESSION), started(resume=SESSION)
    loading.reply(**introduced())
    resuming.reply(**introduced(can={"sessionCapabilities": {"resume": {}}}))
    keyed = started()
    keyed.reply(**introduced(), authMethods=[{"id": "key", "_meta": {"api-key": {}}}])
    keyed.fail(code=-32000, message="log in")
    return [suggesting, chosen, asking, loading, resuming, keyed]


def test_every_message_that_we_send_is_of_the_protocol() -> None:
    said = [line for made in conversations() for line in made.sent]

    methods = {line["method"] for line in said if "method" in line}
    for line in said:
        if "method" in line and line["method"] not in EXTENSIONS:
            OURS[line["method"]].model_validate(line["params"])
        elif "outcome" in line.get("result", {}):
            schema.RequestPermissionResponse.model_validate(line["result"])
    assert methods - set(EXTENSIONS) == set(OURS)
    assert set(OURS) <= set(AGENT_METHODS.values())
    assert set(THEIRS) <= set(CLIENT_METHODS.values())
    assert SPOKEN == PROTOCOL_VERSION


def test_the_judge_can_say_no() -> None:
    with pytest.raises(ValidationError):
        OURS["session/prompt"].model_validate({"sessionId": 7, "prompt": "words"})


def test_our_small_agent_speaks_the_protocol(tmp_path: Path) -> None:
    bench = make_bench(AgentKind.ACP, tmp_path)
    edit = {"edit": {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a"}}
    turns: list[Mapping[str, Any]] = [
        {"think": "Hm.", "say": "Looking.", "do": [{"read": "calc.py"}, edit, {"shell": "false"}]},
        {"say": "Done."},
    ]

    with bench.play(script(*turns)) as stage:
        agent = stage.start(autonomy=Autonomy.PROPOSE)
        agent.wait_for_turn()
        heard = [json.loads(line) for line in agent.raw]

    answers = [line["result"] for line in heard if "result" in line]
    schema.InitializeResponse.model_validate(answers[0])
    schema.NewSessionResponse.model_validate(answers[1])
    schema.PromptResponse.model_validate(answers[2])
    told = [line for line in heard if line.get("method") in THEIRS]
    for line in told:
        THEIRS[line["method"]].model_validate(line["params"])
    assert {line["method"] for line in told} == set(THEIRS)
