"""What requests of the protocol ask, read from their headers."""

import pytest

from darkfactory.server import asked
from darkfactory.server.asked import ForkAsked, Lifetime
from darkfactory.server.producers import Mark
from darkfactory.server.refused import BadRequest


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("text/plain", "text/plain"),
        ("application/vnd.example+json", "application/vnd.example+json"),
        ("", None),
        (" ; charset=utf-8", None),
    ],
)
def test_a_media_type_is_read_without_its_parameters(said: str, type_: str | None) -> None:
    assert asked.content_type({"content-type": said}) == type_


@pytest.mark.parametrize("said", ["json", "text/", "/plain", "a b/c", "text/plain\x00", "ä/b"])
def test_what_is_no_media_type_is_refused(said: str) -> None:
    with pytest.raises(BadRequest):
        asked.content_type({"content-type": said})


@pytest.mark.parametrize(
    ("said", "closes"),
    [("true", True), ("TRUE", True), ("yes", False), ("1", False), ("", False), ("false", False)],
)
def test_only_true_closes(said: str, closes: bool) -> None:
    assert asked.asks_to_close({"stream-closed": said}) is closes


@pytest.mark.parametrize("ttl", ["01", "+1", "1.0", "1e3", "-1", "", " 1", "ten", "1" * 17])
def test_a_lifetime_is_a_plain_number_of_seconds(ttl: str) -> None:
    with pytest.raises(BadRequest):
        asked.lifetime({"stream-ttl": ttl})


def test_a_lifetime_is_asked_for_in_one_way() -> None:
    date = "2026-11-21T09:00:00Z"

    until = asked.lifetime({"stream-expires-at": date})

    assert (until, asked.lifetime({"stream-ttl": "0"})) == (Lifetime(None, date), Lifetime(0))
    with pytest.raises(BadRequest):
        asked.lifetime({"stream-ttl": "1", "stream-expires-at": date})


@pytest.mark.parametrize(
    "date",
    [
        "2026-11-21",
        "tomorrow",
        "2026-11-21T09:00:00",
        "2026-13-01T00:00:00Z",
        "",
        "20261121T090000Z",
    ],
)
def test_a_date_has_its_time_and_zone(date: str) -> None:
    with pytest.raises(BadRequest):
        asked.lifetime({"stream-expires-at": date})


def test_a_date_counts_in_its_zone() -> None:
    assert asked.seconds_of("1970-01-01T01:00:00.5+01:00") == 0.5


@pytest.mark.parametrize("source", ["/v1/stream/a/b", "a/b", "/a/b", "/v1/stream/a%2Fb"])
def test_a_fork_names_its_source_by_url_or_by_name(source: str) -> None:
    found = asked.fork({"stream-forked-from": source, "stream-fork-sub-offset": "2"})

    assert found == ForkAsked("a/b", None, 2)


@pytest.mark.parametrize(
    "headers",
    [
        {"stream-fork-offset": "-1"},
        {"stream-fork-sub-offset": "1"},
        {"stream-forked-from": "a", "stream-fork-sub-offset": "-1"},
        {"stream-forked-from": "a", "stream-fork-sub-offset": "1.5"},
    ],
)
def test_half_a_fork_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        asked.fork(headers)


def test_a_producer_says_all_three_or_nothing() -> None:
    whole = {"producer-id": "p", "producer-epoch": "1", "producer-seq": "0"}

    assert asked.mark({}) is None
    assert asked.mark(whole) == Mark("p", 1, 0)
    for missing in whole:
        with pytest.raises(BadRequest):
            asked.mark({name: value for name, value in whole.items() if name != missing})


@pytest.mark.parametrize("number", ["-1", "1.0", "x", "", str(2**53), "٣"])
def test_the_numbers_of_a_producer_are_ones_that_javascript_counts(number: str) -> None:
    with pytest.raises(BadRequest):
        asked.mark({"producer-id": "p", "producer-epoch": "0", "producer-seq": number})
