"""The gate over HTTP: what `df gate` shows and does, for a page or a program."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import Answer, Served, serve

NAMES = ("land", "back", "shut", "later", "moved", "words", "told", "anew")
JSON = {"content_type": "application/json"}
LANE = 'taste: ["Would I maintain this?"]'


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    script = {"sessions": [write_note(name) for name in NAMES]}
    made = make_factory(tmp_path_factory.mktemp("gate"), script, list(map(bug, NAMES)), lane=LANE)
    made.df("run")
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


def judge(served: Served, change: str, verdict: Any, **headers: Any) -> Answer:
    body = json.dumps(verdict).encode()
    return served.ask("POST", f"/v1/gate/{change}", body, **{**JSON, **headers})


def shown(served: Served, change: str) -> Any:
    return served.ask("GET", f"/v1/gate/{change}").json["change"]


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def test_a_change_is_shown_as_the_command_shows_it(factory: Factory, served: Served) -> None:
    told = served.ask("GET", "/v1/gate/c-land").json
    command = factory.json("gate", "show", "c-land")

    for body in (told, command):
        body["change"].pop("age_seconds")
    assert told == command
    assert served.ask("GET", "/v1/gate/land").json["change"]["id"] == "c-land"


def test_an_approval_lands_before_it_is_answered(factory: Factory, served: Served) -> None:
    verdict = {
        "verdict": "approve",
        "head": shown(served, "c-land")["head"],
        "text": "Fine.",
        "taste": {"1": True},
    }

    answer = judge(served, "c-land", verdict)

    assert answer.status == 200
    assert [row["id"] for row in answer.json["landed"]] == ["c-land"]
    assert answer.json.keys() >= {"version", "landed", "bounced", "queued", "refused", "warnings"}
    said = factory.wait_for("change.approved", change="c-land")
    assert (said.data["by"], said.data["text"]) == ("tester", "Fine.")
    assert said.data["taste"] == [{"question": "Would I maintain this?", "answer": True}]
    assert (factory.root / "notes" / "land.txt").exists()


def test_a_verdict_on_what_was_not_read_does_not_count(served: Served) -> None:
    for verdict in ("approve", "rework", "close", "defer"):
        said = {"verdict": verdict, "head": "0" * 40, "text": "no", "as": "duplicate"}
        answer = judge(served, "c-moved", {**said, "until": "2h"})

        assert code_of(answer) == (409, "gate.moved")
    assert shown(served, "c-moved")["state"] == "waiting_taste"


def test_a_change_is_sent_back_with_words_and_never_without(
    factory: Factory, served: Served
) -> None:
    without = judge(served, "c-back", {"verdict": "rework", "text": " "})
    nowhere = judge(served, "c-back", {"verdict": "rework", "text": "x", "at": ["none.py:1"]})
    said = {"verdict": "rework", "text": "Shorter.", "at": ["notes/back.txt:1"]}
    answer = judge(served, "c-back", said)

    assert (code_of(without), code_of(nowhere)) == ((400, "gate.no_words"), (400, "gate.place"))
    assert answer.json == {
        "version": 1,
        "change": "c-back",
        "verdict": "rework",
        "drill": "",
        "stamps": [],
    }
    event = factory.wait_for("change.rework", change="c-back")
    assert (event.data["by"], event.data["text"]) == ("tester", "Shorter.")


def test_the_review_of_a_change_is_recorded_with_its_comments_and_how_it_was_read(
    factory: Factory, served: Served
) -> None:
    facts = served.ask("GET", "/v1/gate/c-told/facts").json
    head = facts["change"]["head"]
    (file,) = served.ask("GET", "/v1/gate/c-told/diff").json["diff"]["files"]
    looked = served.ask("POST", "/v1/gate/c-told/look", json.dumps({"head": head}).encode(), **JSON)
    comment = {"path": file["path"], "line": 1, "text": "Why this?"}
    reading = {"touches": [[0, 4], [90, 92.5]], "shown": [[file["path"], 0]]}
    verdict = {"verdict": "rework", "head": head, "comments": [comment], "reading": reading}

    answer = judge(served, "c-told", verdict)

    assert (looked.json["revision"], answer.status) == (1, 200)
    assert "c-told" in [one["id"] for one in facts["waiting"]]
    assert factory.wait_for("change.read", change="c-told").data["head"] == head
    said = factory.wait_for("change.rework", change="c-told").data
    (place,) = said["places"]
    assert (place["path"], place["text"]) == ("notes/told.txt", "Why this?")
    assert "> told" in place["code"]
    assert (said["seconds"], said["seen"], said["unseen"]) == (6.5, ["notes/told.txt"], [])


def test_reimplement_is_a_verdict_of_its_own(factory: Factory, served: Served) -> None:
    answer = judge(served, "c-anew", {"verdict": "reimplement", "text": "Simpler."})

    assert answer.json["verdict"] == "closed"
    said = factory.wait_for("change.closed", change="c-anew").data
    assert (said["reason"], said["text"]) == ("reimplement", "Simpler.")


def test_a_change_is_closed_and_deferred_as_the_commands_do(
    factory: Factory, served: Served
) -> None:
    closed = judge(served, "c-shut", {"verdict": "close", "as": "duplicate"})
    later = judge(served, "c-later", {"verdict": "defer", "until": "2h"})
    again = judge(served, "c-shut", {"verdict": "close", "as": "duplicate"})

    assert (closed.json["verdict"], later.json["verdict"]) == ("closed", "deferred")
    assert code_of(again) == (409, "gate.state")
    assert factory.wait_for("change.closed", change="c-shut").data["reason"] == "duplicate"


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ({}, "gate.verdict"),
        ({"verdict": "explode"}, "gate.verdict"),
        ({"verdict": []}, "gate.verdict"),
        ({"verdict": "approve", "head": 7}, "gate.verdict"),
        ({"verdict": "approve", "taste": [1]}, "gate.verdict"),
        ({"verdict": "approve", "taste": {"1": "yes"}}, "gate.verdict"),
        ({"verdict": "approve", "taste": {"one": True}}, "gate.verdict"),
        ({"verdict": "approve", "taste": {"9" * 30: True}}, "gate.verdict"),
        ({"verdict": "approve", "taste": {"2": True}}, "gate.question"),
        ({"verdict": "close"}, "gate.verdict"),
        ({"verdict": "close", "as": "because"}, "gate.verdict"),
        ({"verdict": "defer"}, "gate.until"),
        ({"verdict": "defer", "until": "yesterday"}, "gate.until"),
        ({"verdict": "rework", "text": "x", "at": "a.py:1"}, "gate.verdict"),
        ({"verdict": "rework", "text": "x", "at": [1]}, "gate.verdict"),
        ({"verdict": "rework", "comments": [1]}, "gate.reading"),
        ({"verdict": "rework", "text": "x", "reading": 7}, "gate.reading"),
        ({"verdict": "approve", "reading": {"shown": 7}}, "gate.reading"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused_with_its_reason(
    served: Served, verdict: Any, code: str
) -> None:
    assert code_of(judge(served, "c-words", verdict)) == (400, code)
    assert shown(served, "c-words")["state"] == "waiting_taste"


def test_who_may_not_judge_is_refused(factory: Factory, served: Served) -> None:
    verdict = {"verdict": "close", "as": "duplicate"}
    read = factory.json("serve", "token", "--scope", "read,append,control")["token"]
    crumb = served.ask("GET", served.page.removeprefix(served.url), token=None)
    cookie = crumb.headers["set-cookie"].partition(";")[0]

    assert judge(served, "c-words", verdict, token=None).status == 401
    assert judge(served, "c-words", verdict, token=read).status == 403
    assert judge(served, "c-words", verdict, token=None, cookie=cookie).status == 403
    foreign = {"cookie": cookie, "origin": "http://evil.example"}
    assert judge(served, "c-words", verdict, token=None, **foreign).status == 403
    assert served.ask("GET", "/v1/gate/c-words", token=None).status == 401
    for body in (b"{}", b"{"):
        for more in ({"cookie": cookie}, foreign, {}):
            for place in ("/v1/gate/c-words/look", "/v1/gate/c-words/doubts"):
                assert served.ask("POST", place, body, token=None, **more).status in (401, 403)
    for part in ("facts", "diff"):
        assert served.ask("GET", f"/v1/gate/c-words/{part}", token=None).status == 401
    assert judge(served, "c-words", [verdict]).status == 400
    nothing = served.ask("POST", "/v1/gate/c-words/look", b"{}")
    assert code_of(nothing) == (400, "gate.verdict")
    assert code_of(judge(served, "c-none", verdict)) == (404, "change.unknown")
    assert shown(served, "c-words")["state"] == "waiting_taste"


def test_a_change_that_is_warned_of_lands_only_once_that_is_confirmed(tmp_path: Path) -> None:
    do = [{"shell": "echo '# touched' >> lanes.yaml"}]
    turns = [{"say": "Writing.", "do": do}, {"say": "Done."}]
    script = {"sessions": [{"marker": "odd", "turns": turns}]}
    factory = make_factory(tmp_path, script, [bug("odd")])
    factory.df("run")
    served = serve(factory)

    first = judge(served, "c-odd", {"verdict": "approve"})
    body = shown(served, "c-odd")
    doubts = served.ask("POST", "/v1/gate/c-odd/doubts", b'{"reading": {"touches": []}}').json
    second = judge(served, "c-odd", {"verdict": "approve", "confirm": True})
    factory.end()

    assert code_of(first) == (409, "gate.not_confirmed")
    assert first.json["error"]["warnings"] == body["warnings"]
    unseen = "1 risky hunk not seen: lanes.yaml:"
    assert (doubts["warnings"][0], doubts["confirm"]) == (body["warnings"][0], True)
    assert doubts["warnings"][1].startswith(unseen)
    assert body["state"] == "waiting_taste"
    assert body["warnings"] == ["c-odd touches the harness: lanes.yaml"]
    assert [row["id"] for row in second.json["landed"]] == ["c-odd"]


def test_a_landing_under_way_is_finished_when_the_server_is_ended(tmp_path: Path) -> None:
    script = {"sessions": [write_note("one"), write_note("two")]}
    factory = make_factory(tmp_path, script, [bug("one"), bug("two")], harness="sleep 2")
    factory.df("run")
    served = serve(factory)
    judge(served, "c-one", {"verdict": "approve"})

    with ThreadPoolExecutor() as pool:
        cut = pool.submit(judge, served, "c-two", {"verdict": "approve"})
        factory.wait_for("change.testing", change="c-two")
        status = served.stop()
    landed = [e.data["change"] for e in factory.events() if e.type == "change.landed"]
    factory.end()

    assert landed == ["c-one", "c-two"]
    assert status in (0, 130)
    assert isinstance(cut.exception(), OSError | HTTPException | None)
