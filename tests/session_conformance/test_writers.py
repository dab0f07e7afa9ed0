"""R9, R10, R11, R14: many writers, one log; who they are and whether they live."""

from collections.abc import Callable
from functools import partial

from .client import Client, Event, Producer, together
from .driver import Driver

Fresh = Callable[[], str]
OFFLINE_SECONDS = 25.0


def present(client: Client, session: str) -> dict[str, str]:
    """Return the status of everybody in *session*, as the State Protocol tells to work it out."""
    found: dict[str, str] = {}
    answer = client.read(f"s/{session}/presence")
    for message in answer.events if answer.status == 200 else []:
        operation = message["headers"].get("operation")
        if operation == "delete":
            found.pop(message["key"], None)
        elif operation:
            found[message["key"]] = str(message["value"]["status"])
    return {key: status for key, status in found.items() if status != "offline"}


def wait_for_presence(
    client: Client, session: str, is_it: Callable[[dict[str, str]], bool]
) -> None:
    """Wait until the presence of *session* is so, as long as a lease may take."""
    with client.follow(f"s/{session}/presence", patience=OFFLINE_SECONDS) as live:
        if is_it(present(client, session)):
            return
        for _ in live:
            if is_it(present(client, session)):
                return


def test_r9_sub_agents_write_themselves_while_the_orchestrator_is_dead(
    driver: Driver, client: Client
) -> None:
    session = driver.endless_session()
    inside = Client(driver.url, driver.append_token(session))
    driver.kill_orchestrator()

    def work(agent: str) -> None:
        for number in range(20):
            event = {
                "type": "message",
                "agent": agent,
                "parent": "lead",
                "data": {"text": f"{number}"},
            }
            assert inside.append(session, event).status in (200, 204)

    together(*(partial(work, f"sub-{number}") for number in range(4)))

    told = [event for event in client.log(session) if event.get("parent") == "lead"]
    for number in range(4):
        own = [event["data"]["text"] for event in told if event["agent"] == f"sub-{number}"]
        assert own == [f"{n}" for n in range(20)]


def test_r10_turns_that_overlap_are_told_apart_by_name(client: Client, fresh: Fresh) -> None:
    session = fresh()

    def event(type_: str, agent: str, turn: int, **data: str) -> Event:
        return {"type": type_, "agent": agent, "turn": turn, "data": data}

    def play(agent: str, turn: int) -> None:
        client.append(session, event("turn.started", agent, turn))
        for number in range(10):
            client.append(session, event("message", agent, turn, text=f"{agent}{number}"))
        client.append(session, event("turn.finished", agent, turn, reason="done"))

    together(partial(play, "a", 1), partial(play, "b", 2))

    log = client.log(session)
    for agent, turn in (("a", 1), ("b", 2)):
        own = [event for event in log if event["turn"] == turn]
        assert [event["type"] for event in own] == [
            "turn.started",
            *["message"] * 10,
            "turn.finished",
        ]
        assert [event["data"]["text"] for event in own[1:-1]] == [f"{agent}{n}" for n in range(10)]


def test_r11_whoever_writes_is_there_and_goes_without_a_word(client: Client, fresh: Fresh) -> None:
    session = fresh()
    client.append(session, {"type": "message", "agent": "sub-1", "data": {"text": "hello"}})

    wait_for_presence(client, session, lambda here: "sub-1" in here)
    wait_for_presence(client, session, lambda here: "sub-1" not in here)


def test_r11_an_agent_that_is_killed_is_offline(driver: Driver, client: Client) -> None:
    session = driver.endless_session()
    wait_for_presence(client, session, bool)

    driver.kill_agent(session)

    wait_for_presence(client, session, lambda here: not here)


def test_r14_a_replaced_instance_is_fenced(client: Client, fresh: Fresh) -> None:
    session, event = fresh(), {"type": "message", "agent": "a", "data": {"text": "x"}}
    old = Producer("the-agent", epoch=1)
    new = Producer("the-agent", epoch=2)

    first = client.append(session, event, producer=old)
    taken = client.append(session, event, producer=new)
    zombie = client.append(session, event, producer=Producer("the-agent", epoch=1, seq=1))

    assert (first.status, taken.status, zombie.status) == (200, 200, 403)
    assert zombie.headers["producer-epoch"] == "2"
    assert len(client.log(session)) == 2
