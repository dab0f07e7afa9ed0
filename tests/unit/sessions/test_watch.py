"""Several logs become one in the order of time."""

from darkfactory.domain.event import Event
from darkfactory.sessions.watch import Told, by_time


def log(session: str, *stamps: str | float | None) -> list[Told]:
    return [Told(session, str(at), Event("message", ts=ts)) for at, ts in enumerate(stamps)]


def order(*logs: list[Told]) -> list[tuple[str, str]]:
    return [(told.session, told.next) for told in by_time(logs)]


def test_events_of_several_logs_come_in_the_order_of_time() -> None:
    one = log("a", "2026-11-20T10:00:01.000Z", "2026-11-20T10:00:04.000Z")
    two = log("b", "2026-11-20T10:00:02.500Z", 1795168803.0)

    assert order(one, two) == [("a", "0"), ("b", "0"), ("b", "1"), ("a", "1")]


def test_a_log_keeps_its_own_order_whatever_its_clock_says() -> None:
    back = log(
        "a", "2026-11-20T10:00:09.000Z", "2026-11-20T10:00:01.000Z", None, "soon", float("nan")
    )

    assert order(back) == [("a", str(at)) for at in range(5)]
    assert [at for name, at in order(back, log("b", 1.0)) if name == "a"] == list("01234")


def test_no_log_is_no_event() -> None:
    assert order() == []
