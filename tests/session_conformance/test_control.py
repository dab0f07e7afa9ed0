"""R4, R6, R7, R8, R12, R13, R16: people and agents, from any client, by messages."""

from .client import Client, Event, wait_until
from .driver import Driver


def types(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def place(events: list[Event], type_: str, **data: str) -> int:
    """Return where the first event of *type_* with *data* stands."""
    for number, event in enumerate(events):
        if event["type"] == type_ and data.items() <= event["data"].items():
            return number
    raise AssertionError(f"no {type_} {data} in {types(events)}")


def texts(events: list[Event]) -> list[str]:
    return [str(event["data"]["text"]) for event in events if event["type"] == "message"]


def is_working(client: Client, session: str) -> None:
    """See that the agent of *session* goes on: new events come."""
    with client.follow(f"s/{session}", "now") as live:
        next(iter(live))


def turn_is_over(client: Client, session: str) -> Event:
    return client.wait_for(session, lambda event: event["type"] == "turn.finished")


def test_r4_a_second_client_sees_who_asked_for_what(
    driver: Driver, client: Client, second: Client
) -> None:
    session = driver.endless_session()
    before = client.log(session)
    with second.follow(f"s/{session}") as live:
        seen: list[Event] = []
        name = client.control(session, "steer", text="Look left.", by="first client")
        for event in live:
            seen.append(event)
            if event["type"] == "control.requested" and event["data"]["id"] == name:
                break

    assert seen[: len(before)] == before
    assert (seen[-1]["data"]["by"], seen[-1]["data"]["text"]) == ("first client", "Look left.")
    assert client.log(session)[: len(seen)] == seen


def test_r6_a_closed_connection_is_no_stop_and_the_logs_differ(
    driver: Driver, client: Client
) -> None:
    left, stopped = driver.endless_session(), driver.endless_session()

    for session in (left, stopped):
        with client.follow(f"s/{session}") as live:
            next(iter(live))
    name = client.control(stopped, "cancel", by="somebody", reason="enough")
    client.wait_for(stopped, lambda event: event["type"] == "session.ended")
    is_working(client, left)

    assert not any(type_.startswith("control.") for type_ in types(client.log(left)))
    assert "turn.finished" not in types(client.log(left))
    log = client.log(stopped)
    order = [
        place(log, f"control.{step}", id=name) for step in ("requested", "accepted", "applied")
    ]
    assert order == sorted(order)
    assert log[place(log, "session.ended")]["data"]["outcome"] == "cancelled"


def test_r7_control_reaches_one_session_and_no_other(driver: Driver, client: Client) -> None:
    first, second, third = (driver.endless_session() for _ in range(3))

    client.control(third, "cancel", scope="all")
    client.wait_for(third, lambda event: event["type"] == "session.ended")

    for other in (first, second):
        is_working(client, other)


def test_r7_what_means_somebody_else_is_rejected(driver: Driver, client: Client) -> None:
    session = driver.endless_session()

    name = client.control(session, "cancel", scope="agent", agent="nobody-of-this-name")

    assert client.answered(session, name, "rejected")["data"]["reason"]
    is_working(client, session)


def test_r7_who_may_only_write_can_neither_control_nor_read(driver: Driver, client: Client) -> None:
    session = driver.endless_session()
    inside = Client(driver.url, driver.append_token(session))

    wish = {"id": "c-inside", "op": "cancel"}
    asked = inside.ask("POST", f"s/{session}/control", wish)
    lied = inside.append(session, {"type": "approval.resolved", "data": {"decision": "approve"}})
    elsewhere = inside.append(f"{session}-other", {"type": "message", "data": {}})

    assert (asked.status, elsewhere.status) == (403, 403)
    assert lied.status in (400, 403)
    assert inside.read(f"s/{session}").status == 403
    assert not any(type_.startswith("control.") for type_ in types(client.log(session)))


def test_r7_a_repeated_message_is_applied_once(driver: Driver, client: Client) -> None:
    session = driver.endless_session()

    for _ in range(3):
        client.control(session, "cancel", id="c-again")
    client.wait_for(session, lambda event: event["type"] == "session.ended")

    answers = [
        event["type"] for event in client.log(session) if event["data"].get("id") == "c-again"
    ]
    assert answers.count("control.applied") == 1
    assert answers.count("control.accepted") == 1


def test_r8_interrupt_then_send(driver: Driver, client: Client) -> None:
    session = driver.endless_session()

    name = client.control(session, "interrupt", text="Something else.")
    client.answered(session, name, "applied")
    client.wait_for(session, lambda event: event["data"].get("text") == "Heard.")

    log = client.log(session)
    over = place(log, "turn.finished", reason="interrupted")
    words = place(log, "message", role="user", text="Something else.")
    assert over < words < place(log, "message", text="Heard.")


def test_r8_send_alongside(driver: Driver, client: Client) -> None:
    session = driver.endless_session()

    name = client.control(session, "steer", text="Something else.")
    applied = client.answered(session, name, "applied")
    client.wait_for(session, lambda event: event["data"].get("text") == "Heard.")

    log = client.log(session)
    assert applied["data"]["how"] in ("now", "queued")
    assert "interrupted" not in [
        e["data"].get("reason") for e in log if e["type"] == "turn.finished"
    ]
    words = place(log, "message", role="user", text="Something else.")
    assert words < place(log, "message", text="Heard.")


def test_r12_an_approval_is_answered_later_from_elsewhere_after_a_restart(
    driver: Driver, client: Client, second: Client
) -> None:
    session = driver.asking_session()
    asked = client.wait_for(session, lambda event: event["type"] == "approval.requested")

    driver.restart()
    second.control(session, "approve", request=asked["data"]["request"], by="second client")
    resolved = client.wait_for(session, lambda event: event["type"] == "approval.resolved")
    turn_is_over(client, session)

    assert resolved["data"]["decision"] == "approve"
    assert {event["session"] for event in client.log(session)} == {session}


def test_r13_a_cancelled_turn_keeps_what_was_said_and_the_session_stays_open(
    driver: Driver, client: Client
) -> None:
    session = driver.endless_session()

    name = client.control(session, "cancel", scope="turn")
    over = turn_is_over(client, session)
    client.answered(session, name, "applied")
    client.control(session, "steer", text="Go on.")
    client.wait_for(session, lambda event: event["data"].get("text") == "Heard.")

    assert over["data"]["reason"] == "interrupted"
    assert "Half of it." in texts(client.log(session))


def test_r16_who_is_away_is_told_once(driver: Driver, client: Client) -> None:
    session = driver.asking_session()
    asked = client.wait_for(session, lambda event: event["type"] == "approval.requested")

    wait_until(lambda: driver.told_away(session) == ["approval"])
    client.control(session, "approve", request=asked["data"]["request"])
    wait_until(lambda: len(driver.told_away(session)) > 1)  # so the first is over and done with
    driver.restart()
    other = driver.asking_session()
    wait_until(lambda: driver.told_away(other) != [])

    assert driver.told_away(session).count("approval") == 1
