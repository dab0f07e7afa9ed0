"""``df emit``: agents and tools write into their session themselves."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.served import STREAMS, Served, serve


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    made = make_factory(tmp_path_factory.mktemp("emit"), {"sessions": []}, [])
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


@pytest.fixture(scope="module")
def inside(factory: Factory, served: Served) -> dict[str, str]:
    """What the environment of a sub-agent of session ``tree`` holds."""
    token = factory.json("serve", "token", "--scope", "append", "--session", "tree")["token"]
    return {"DF_SESSION_URL": f"{served.url}{STREAMS}s/tree", "DF_SESSION_TOKEN": token}


def test_each_agent_of_a_tree_writes_for_itself(
    factory: Factory, served: Served, inside: dict[str, str]
) -> None:
    factory.df("emit", "half of it", "--agent", "reviewer", "--parent", "lead", env=inside)
    factory.df("emit", "--type", "progress", "--data", '{"done": 3}', env=inside)

    told = served.read("s/tree").json
    first, second = (one for one in told if one["agent"] in ("reviewer", "emit"))
    assert (first["agent"], first["parent"], first["type"]) == ("reviewer", "lead", "message")
    assert first["data"] == {"role": "assistant", "text": "half of it"}
    assert (second["type"], second["data"]) == ("progress", {"done": 3})
    assert first["producer"]["id"] != second["producer"]["id"]


def test_many_events_come_from_a_pipe(
    factory: Factory, served: Served, inside: dict[str, str]
) -> None:
    lines = "".join(json.dumps({"type": "thought", "data": {"n": n}}) + "\n" for n in range(3))

    done = subprocess.run(
        [sys.executable, "-m", "darkfactory", "emit", "-", "--agent", "pipe", "--json"],
        cwd=factory.root,
        env={**factory.environment, **inside},
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )

    told = json.loads(done.stdout)
    events = [event for event in served.read("s/tree").json if event["agent"] == "pipe"]
    assert [event["data"]["n"] for event in events] == [0, 1, 2]
    assert served.read("s/tree", told["next"]).json == []
    assert told["events"] == 3


@pytest.mark.parametrize(
    ("arguments", "changed", "status", "said"),
    [
        (["x"], {"DF_SESSION_TOKEN": ""}, 3, "DF_SESSION_TOKEN is not set"),
        (["x"], {"DF_SESSION_URL": "there"}, 2, "no address of a stream"),
        (["x"], {"DF_SESSION_URL": f"http://127.0.0.1:9{STREAMS}s/tree"}, 3, "nobody answers"),
        (["--data", "[1]"], {}, 2, "no JSON object"),
        ([], {}, 2, "nothing to say"),
    ],
)
def test_what_cannot_be_is_told_with_the_next_step(
    factory: Factory,
    inside: dict[str, str],
    arguments: list[str],
    changed: dict[str, str],
    status: int,
    said: str,
) -> None:
    done = factory.df("emit", *arguments, env={**inside, **changed}, expect=status)

    assert said in done.stderr
    assert "fix:" in done.stderr


def test_a_token_writes_to_its_own_session_and_controls_nothing(
    factory: Factory, inside: dict[str, str]
) -> None:
    for place in ("s/other", "s/tree/control", "factory"):
        url = inside["DF_SESSION_URL"].replace("s/tree", place)
        done = factory.df("emit", "x", env={**inside, "DF_SESSION_URL": url}, expect=1)

        assert "refused" in done.stderr


def test_what_a_sub_agent_says_needs_no_run(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    served = serve(factory)
    token = factory.json("serve", "token", "--scope", "append", "--session", "far")["token"]
    inside = {"DF_SESSION_URL": f"{served.url}{STREAMS}s/far", "DF_SESSION_TOKEN": token}

    factory.df("emit", "alone", "--agent", "sub", env=inside)
    told = [event.data["text"] for event in factory.events("s/far")]
    listed = [row["id"] for row in factory.json("sessions")["sessions"]]
    factory.end()

    assert told == ["alone"]
    assert listed == ["far"]


@pytest.mark.parametrize("folder", ["near", "far" * 40])
def test_an_agent_without_a_network_writes_by_the_servers_socket(
    tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    emit = f"{sys.executable} -m darkfactory emit 'from inside' --agent tool --parent mock"
    turns = [{"say": "Telling.", "do": [{"shell": f"{emit} > told.txt 2>&1"}]}, {"say": "Told."}]
    script = {"sessions": [{"marker": "tell", "turns": turns}]}
    factory = make_factory(tmp_path / folder, script, [bug("tell")])
    serve(factory)

    factory.df("run", expect=None)
    told = factory.events("s/s-tell-1")
    factory.end()

    (said,) = (event for event in told if event.agent == "tool")
    assert (said.parent, said.data["text"]) == ("mock", "from inside")


def test_a_server_that_is_gone_is_named_by_its_socket(
    factory: Factory, inside: dict[str, str], tmp_path: Path
) -> None:
    nobody = {"DF_SESSION_SOCKET": str(tmp_path / "sock")}

    done = factory.df("emit", "x", env={**inside, **nobody}, expect=3)

    assert "nobody answers" in done.stderr
