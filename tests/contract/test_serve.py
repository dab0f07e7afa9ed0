"""``df serve`` as a stranger meets it: who gets in, what is stored, what survives."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import PATIENCE, STREAMS, Answer, Served, serve

JSON = {"content_type": "application/json"}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    script = {"sessions": [write_note("slow", sleep=300, repeat=9)]}  # each word ends a sleep
    made = make_factory(tmp_path_factory.mktemp("served"), script, [bug("slow")])
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture
def socket(served: Served) -> Iterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {served.token}"}
    with connect(f"ws://{served.host}/v1/ws", additional_headers=headers) as made:
        yield made


def minted(factory: Factory, *scopes: str, session: str = "") -> str:
    said = factory.json("serve", "token", "--scope", ",".join(scopes), "--session", session)
    assert said["scopes"] == sorted(scopes)
    return str(said["token"])


def types(answer: Answer) -> list[str]:
    return [event["type"] for event in answer.json]


def test_it_says_where_it_is_and_keeps_its_token_to_the_owner(
    factory: Factory, served: Served
) -> None:
    file = factory.state.root / "token"

    assert served.url.startswith("http://127.0.0.1:")
    assert served.page.startswith(served.url + "/")
    assert file.read_text().strip() == served.token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "path", ["/v1/status", "/v1/gate", f"{STREAMS}factory", f"{STREAMS}factory?token=TOKEN"]
)
def test_nobody_reads_without_a_token_in_its_place(served: Served, path: str) -> None:
    path = path.replace("TOKEN", served.token)

    assert served.ask("GET", path, token=None).status == 401
    assert served.ask("GET", path, token="wrong").status == 401
    assert served.ask("GET", path).status in (200, 404)


def test_a_host_that_is_not_ours_and_a_foreign_page_are_refused(served: Served) -> None:
    port = served.host.rpartition(":")[2]

    assert served.ask("GET", "/v1/status", host="evil.example").status == 421
    assert served.ask("GET", "/v1/status", host="127.0.0.1").status == 421
    assert served.ask("GET", "/v1/status", host=f"localhost:{port}").status == 200
    assert served.post("s/o", {"type": "message"}, origin="http://evil.example").status == 403
    assert served.post("s/o", {"type": "message"}, origin=served.url).status == 204


def test_a_preflight_names_the_headers_and_lets_no_origin_in(served: Served) -> None:
    answer = served.ask("OPTIONS", f"{STREAMS}x", token=None, origin="http://evil.example")

    assert answer.status == 204
    assert "producer-epoch" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in answer.headers


def test_a_second_server_of_the_factory_is_refused_with_the_place_of_the_first(
    factory: Factory, served: Served
) -> None:
    said = json.loads(factory.df("serve", "--json", expect=3).stderr)["error"]

    assert (said["code"], served.url in said["problem"]) == ("serve.running", True)


def test_the_next_server_is_where_the_last_one_was(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    first = serve(factory)
    first.process.kill()
    first.process.wait()

    second = serve(factory)
    factory.end()

    assert (second.url, second.token) == (first.url, first.token)
    assert second.page != first.page


def test_the_read_api_answers_as_the_commands_do(factory: Factory, served: Served) -> None:
    status = served.ask("GET", "/v1/status").json

    assert status.keys() == factory.json("status").keys()
    assert ageless(served.ask("GET", "/v1/gate").json) == ageless(factory.json("gate"))


def ageless(gate: Any) -> list[Any]:
    return [{**change, "age_seconds": None} for change in gate["changes"]]


def test_a_login_link_works_once_and_gives_a_cookie_that_scripts_cannot_read(
    served: Served,
) -> None:
    place = served.page.removeprefix(served.url)

    first = served.ask("GET", place, token=None)
    second = served.ask("GET", place, token=None)

    assert (first.status, second.status) == (303, 403)
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert served.token not in cookie
    crumb = cookie.partition(";")[0]
    assert served.ask("GET", "/v1/status", token=None, cookie=crumb).status == 200
    message = {"type": "message"}
    assert served.post("s/c", message, token=None, cookie=crumb).status == 403
    assert served.post("s/c", message, token=None, cookie=crumb, origin=served.url).status == 204


def test_a_token_of_few_scopes_does_no_more_and_makes_no_other(
    factory: Factory, served: Served
) -> None:
    append, read = minted(factory, "append", session="sub"), minted(factory, "read")

    assert served.post("s/sub", {"type": "message"}, token=append).status == 204
    assert served.post("s/other", {"type": "message"}, token=append).status == 403
    assert served.post("s/sub/control", {"id": "1", "op": "cancel"}, token=append).status == 403
    assert served.read("s/sub", token=append).status == 403
    assert served.read("s/sub", token=read).status == 200
    assert served.post("s/sub", {"type": "message"}, token=read).status == 403
    wish = json.dumps({"scopes": ["control"]}).encode()
    assert served.ask("POST", "/v1/token", wish, token=append, **JSON).status == 403
    assert served.ask("POST", "/v1/token", wish, **JSON).status == 200


@pytest.mark.parametrize(
    "wish",
    [
        b"no json", b"[1]", b"{}", b'{"scopes": "read"}', b'{"scopes": []}', b'{"scopes": [1]}',
        b'{"scopes": ["x"]}', b'{"scopes": ["read"], "session": 7}',
    ],
)  # fmt: skip
def test_a_wish_for_a_token_that_is_none_is_refused(served: Served, wish: bytes) -> None:
    assert served.ask("POST", "/v1/token", wish, **JSON).status == 400


def test_a_token_can_be_had_before_anything_was_done(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])

    assert minted(factory, "read").startswith("dft1.")
    assert factory.state.hub.exists()


def test_events_that_are_posted_make_a_session_known(factory: Factory, served: Served) -> None:
    answer = served.post("s/far", {"type": "message", "data": {"text": "hi"}}, {"type": "thought"})

    assert answer.status == 204
    first, _ = served.read("s/far").json
    assert {"v", "id", "ts", "session", "turn", "agent", "parent", "type", "data"} <= first.keys()
    assert (first["session"], first["data"]) == ("far", {"text": "hi"})
    assert "far" in {row["id"] for row in factory.json("sessions")["sessions"]}


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ("s/x", {"data": {}}),
        ("s/x", {"type": ""}),
        ("s/x", {"type": "message", "session": "y"}),
        ("s/x", {"type": "message", "data": []}),
        ("s/x", "text"),
        ("s/x/control", {"op": "cancel"}),
        ("s/x/control", {"id": "1", "op": "explode"}),
        ("s/x/control", {"id": "1", "op": "cancel", "scope": "world"}),
        ("s/x/control", {"id": "1", "op": "steer", "text": 7}),
    ],
)
def test_what_the_factorys_streams_do_not_hold_is_refused(
    served: Served, stream: str, message: Any
) -> None:
    assert served.post(stream, message).status == 400


def test_a_credential_is_taken_out_before_it_is_stored(factory: Factory, served: Served) -> None:
    token = "gh" + "p_" + "Zq7Xw2Kd9Lm4Rt6Yb3Vn8Hs5Gj1Fc0Pa2Ueo"

    served.post("s/leak", {"type": "message", "data": {"text": f"found {token}"}})
    served.post("s/leak/control", {"id": "1", "op": "steer", "text": f"use {token}"})

    stored = [
        (factory.state.streams / f"s/{name}.jsonl").read_text() for name in ("leak", "leak/control")
    ]
    assert [token in text for text in stored] == [False, False]
    assert ["[redacted GitHub token]" in text for text in stored] == [True, True]


def test_the_record_is_not_deleted_or_ended(served: Served) -> None:
    served.post("s/kept", {"type": "message"})

    assert served.ask("DELETE", f"{STREAMS}s/kept").status == 405
    assert served.ask("POST", f"{STREAMS}s/kept", stream_closed="true").status == 405
    assert served.ask("DELETE", f"{STREAMS}factory").status == 405
    assert len(served.read("s/kept").json) == 1


def test_a_reader_sees_what_other_processes_append_while_it_waits(
    factory: Factory, served: Served
) -> None:
    stream = Stream(factory.state.streams, "s/live")
    stream.append([Event("message", {"text": "before"})])

    with served.follow("s/live") as events:
        first = next(events)
        next(events)
        stream.append([Event("message", {"text": "after"})])
        second, control = next(events), next(events)

    assert [first[1][0]["data"]["text"], second[1][0]["data"]["text"]] == ["before", "after"]
    rest = served.read("s/live", control[1]["streamNextOffset"])
    assert (rest.json, rest.headers["stream-up-to-date"]) == ([], "true")


def test_a_long_poll_waits_for_its_time_and_no_longer(served: Served) -> None:
    offset = served.post("s/poll", {"type": "message"}).next

    answer = served.ask("GET", f"{STREAMS}s/poll?offset={offset}&live=long-poll")

    assert (answer.status, answer.next) == (204, offset)
    assert answer.headers["stream-cursor"].isdigit()


def test_a_body_that_is_too_large_is_refused_and_the_server_goes_on(served: Served) -> None:
    large = b"x" * (9 << 20)

    served.ask("PUT", f"{STREAMS}large", content_type="application/octet-stream")
    answer = served.ask("POST", f"{STREAMS}large", large, content_type="application/octet-stream")

    assert answer.status == 413
    assert served.read("large").body == b""


def test_one_socket_follows_many_streams_and_says_what_cannot_be(
    served: Served, socket: ClientConnection
) -> None:
    served.post("s/one", {"type": "message", "data": {"text": "1"}})
    served.post("s/two", {"type": "message", "data": {"text": "2"}})

    for path in ("s/one", "s/two"):
        socket.send(json.dumps({"path": path, "offset": "-1"}))
    found = {said["path"]: said for said in (heard(socket), heard(socket))}
    served.post("s/one", {"type": "thought"})
    more = heard(socket)
    for wrong in ("no json", "[]", '{"path": "../x"}', '{"path": "s/none"}'):
        socket.send(wrong)

    assert [found[path]["events"][0]["data"]["text"] for path in ("s/one", "s/two")] == ["1", "2"]
    assert found["s/one"]["up_to_date"] is True
    assert (more["path"], [event["type"] for event in more["events"]]) == ("s/one", ["thought"])
    assert served.read("s/one", more["next"]).json == []
    assert all("error" in heard(socket) for _ in range(4))


def heard(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=PATIENCE))


def test_a_socket_needs_a_token_and_no_foreign_page(served: Served) -> None:
    for headers in (
        {},
        {"Authorization": f"Bearer {served.token}", "Origin": "http://evil.example"},
    ):
        with (
            pytest.raises(Exception, match="403"),
            connect(f"ws://{served.host}/v1/ws", additional_headers=headers),
        ):
            pass


def test_a_session_is_steered_and_cancelled_by_messages_and_by_nothing_else(
    factory: Factory, served: Served, socket: ClientConnection
) -> None:
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")

    with served.follow("s/s-slow-1") as events:
        next(events)
    steer = served.post("s/s-slow-1/control", {"id": "c1", "op": "steer", "text": "Hurry."})
    socket.send(json.dumps({"path": "s/s-slow-1/control", "id": "c2", "op": "cancel"}))
    receipt = heard(socket)
    again = served.post("s/s-slow-1/control", {"id": "c2", "op": "cancel", "by": "ada"})
    run.wait(PATIENCE)

    assert (steer.status, receipt["id"], again.status) == (204, "c2", 204)
    answers = [
        (event["data"]["id"], event["type"])
        for event in served.read("s/s-slow-1").json
        if event["type"].startswith("control.")
    ]
    assert answers.count(("c2", "control.accepted")) == 1
    assert answers.count(("c2", "control.applied")) == 1
    assert ("c1", "control.accepted") in answers
    ended = served.read("s/s-slow-1").json[-1]
    assert (ended["type"], ended["data"]["outcome"]) == ("session.ended", "cancelled")


def test_kill_9_loses_nothing_acknowledged_and_knows_its_producers_again(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [bug("none")])
    first = serve(factory)
    marks = [
        {"producer_id": "p", "producer_epoch": "1", "producer_seq": str(number)}
        for number in range(3)
    ]
    sent = [
        first.post("s/k", {"type": "message", "data": {"n": n}}, **m) for n, m in enumerate(marks)
    ]
    first.process.kill()
    first.process.wait()

    second = serve(factory)
    again = second.post("s/k", {"type": "message", "data": {"n": 2}}, **marks[2])
    zombie = second.post("s/k", {"type": "message"}, **{**marks[0], "producer_epoch": "0"})
    kept = second.read("s/k").json
    status = second.stop()
    factory.end()

    assert [answer.status for answer in sent] == [200, 200, 200]
    assert (again.status, zombie.status) == (204, 403)
    assert [event["data"]["n"] for event in kept] == [0, 1, 2]
    assert [event["producer"]["seq"] for event in kept] == [0, 1, 2]
    assert status in (0, 130)


def test_a_port_that_is_taken_is_named(tmp_path: Path, served: Served) -> None:
    port = served.host.rpartition(":")[2]
    other = make_factory(tmp_path, {"sessions": []}, [])

    said = other.df("serve", "--port", port, expect=3).stderr

    assert f"port {port}" in said
    assert "fix:" in said
