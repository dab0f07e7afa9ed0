"""What a session has changed, over HTTP: while it works, and after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.workspaces.refs import read_refs
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.repositories import fingerprint
from tests.fakes.served import Served, serve

NOTE = {"write": {"path": "{cwd}/note.txt", "content": "a note\n"}}
SCRIPT = {
    "sessions": [
        {"marker": "slow", "turns": [{"say": "On it.", "do": [NOTE], "sleep": 300}]},
        {"marker": "done", "turns": [{"say": "On it.", "do": [NOTE]}, {"say": "Done."}]},
    ]
}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    items = [bug("slow"), bug("done")]
    made = make_factory(tmp_path_factory.mktemp("work"), SCRIPT, items)
    made.start("run")
    made.wait_for("file.changed", "s/s-slow-1")
    made.wait_for("session.ended")
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


def test_the_work_of_a_session_is_shown_while_it_lies_in_its_workspace(served: Served) -> None:
    work = served.ask("GET", "/v1/sessions/s-slow-1/work").json

    assert work["where"] == "workspace"
    assert "+a note" in work["diff"].splitlines()


def test_looking_leaves_the_workspace_and_the_hubs_refs_as_they_are(
    factory: Factory, served: Served
) -> None:
    workspace = Path(factory.events("s/s-slow-1")[0].data["workspace"])
    refs = read_refs(factory.state.hub)
    before = fingerprint(workspace)

    served.ask("GET", "/v1/sessions/s-slow-1/work")

    assert fingerprint(workspace) == before
    assert read_refs(factory.state.hub) == refs


def test_the_work_of_an_ended_session_is_shown_as_it_was_kept(served: Served) -> None:
    work = served.ask("GET", "/v1/sessions/s-done-1/work").json

    assert (work["where"], "+a note" in work["diff"]) == ("kept", True)


def test_a_session_from_elsewhere_has_no_work_here_and_an_unknown_one_is_told(
    served: Served,
) -> None:
    served.post("s/far", {"type": "message"})

    far = served.ask("GET", "/v1/sessions/far/work").json
    none = served.ask("GET", "/v1/sessions/none/work")

    assert (far["where"], far["diff"]) == (None, "")
    assert (none.status, none.json["error"]["code"]) == (404, "session.unknown")
    assert served.ask("GET", "/v1/sessions/../work").status == 404
    assert served.ask("GET", "/v1/sessions/s-slow-1/work", token=None).status == 401


def test_what_is_wrong_with_lanes_yaml_is_told_as_the_commands_tell_it(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    served = serve(factory)

    (factory.root / "lanes.yaml").write_text("lanes: 7\n")
    answer = served.ask("GET", "/v1/status")
    factory.end()

    assert answer.status == 400
    assert "lanes.yaml" in answer.json["error"]["problem"]
