"""Commands asked wrongly, or where they cannot work: the exit status and the next step."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.cli.boundary import run
from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.line import open_line
from darkfactory.sessions.spec import SessionEnd, SessionSpec, save_end, save_spec
from tests.fakes import shapes
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer
from tests.fakes.repositories import Repository, make_repository
from tests.fakes.shapes import misfits

pytestmark = pytest.mark.timeout(60)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def df(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command in this process, in a folder."""
    monkeypatch.setenv("DARKFACTORY_USER", "tester")
    monkeypatch.setenv("HOME", str(tmp_path))

    def ask(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        status = run(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return ask


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    """A factory with two changes at the gate and a session that has ended."""
    made = make_factory(tmp_path, {"sessions": []}, [bug("FIRST"), bug("SECOND")])
    line = open_line(made.root)
    line.hub.sync_base()
    for item in ("FIRST", "SECOND"):
        offer(line.gate(), item, {f"{item}.txt": "x\n"})
    data = {"item": "FIRST", "title": "Mend FIRST", "lane": "bugs", "attempt": 1}
    stream = Stream(made.state.streams, "factory")
    writer = Writer(stream, producer="host:s-FIRST-1", session="s-FIRST-1")
    writer.write("session.started", data, agent="mock")
    writer.write("session.ended", {**data, "outcome": "proposed", "reason": "x"}, agent="mock")
    stream.close()
    folder = made.state.session("s-FIRST-1")
    folder.mkdir(parents=True)
    save_spec(str(folder), _spec(made))
    save_end(str(folder), SessionEnd(1, Outcome.PROPOSED, "done"))
    return made


def _spec(factory: Factory) -> SessionSpec:
    return SessionSpec(
        session="s-FIRST-1",
        item="FIRST",
        title="Mend FIRST",
        lane="bugs",
        attempt=1,
        epoch=1,
        kind="mock",
        agent="mock",
        autonomy="propose",
        argv=(),
        workspace="",
        hub=str(factory.state.hub),
        base="",
        streams=str(factory.state.streams),
        prompt="",
    )


WRONG = [
    ("gate", "show", "c-nobody"),
    ("gate", "approve", "c-nobody"),
    ("gate", "approve", "FIRST", "c-nobody"),
    ("gate", "approve", "FIRST", "--taste", "9=yes"),
    ("gate", "approve", "FIRST", "--taste", "maybe"),
    ("gate", "approve", "FIRST", "--taste", "²=yes"),
    ("gate", "rework", "FIRST"),
    ("gate", "rework", "nobody", "-m", "x"),
    ("gate", "rework", "FIRST", "-m", "x", "--at", "none.py:1"),
    ("gate", "rework", "FIRST", "-m", "x", "--at", "FIRST.txt:²"),
    ("gate", "close", "FIRST", "--as", "boredom"),
    ("gate", "close", "FIRST"),
    ("gate", "close", "nobody", "--as", "duplicate"),
    ("gate", "defer", "FIRST", "--until", "soon"),
    ("gate", "defer", "FIRST", "--until", "2020-01-01T00:00:00Z"),
    ("gate", "defer", "FIRST", "--until", "99999999999w"),
    ("gate", "frobnicate"),
    ("sessions", "show", "s-nobody-1"),
    ("sessions", "follow", "s-nobody-1"),
    ("sessions", "steer", "s-nobody-1", "hello"),
    ("sessions", "approve", "s-nobody-1", "r1"),
    ("run", "--item", "nobody"),
    ("run", "--lane", "nowhere"),
    ("run", "--agent", "nobody"),
    ("run", "--lanes", "0"),
    ("run", "--lanes", "many"),
    ("assign", "nobody", "bugs"),
    ("assign", "FIRST", "nowhere"),
    ("triage", "--explain", "nobody"),
    ("triage", "--from", "nowhere.yaml"),
    ("frobnicate",),
]


def test_who_asks_wrongly_is_told_what_to_do_and_nothing_changes(df: Run, factory: Factory) -> None:
    before = factory.state.streams.joinpath("factory.jsonl").read_bytes()

    for arguments in WRONG:
        status, out, err = df(factory.root, *arguments, "--json")

        assert status == 2, (arguments, out, err)
        assert out == "", arguments
        assert misfits(json.loads(err.splitlines()[-1]), shapes.ERROR) == [], arguments

    after = factory.state.streams.joinpath("factory.jsonl").read_bytes()
    kinds = [json.loads(line)["type"] for line in after[len(before) :].splitlines()]
    assert set(kinds) <= {"item.triaged", "plan.made"}


@pytest.mark.parametrize(
    "arguments",
    [("steer", "s-FIRST-1", "hello"), ("interrupt", "s-FIRST-1"), ("cancel", "s-FIRST-1"),
     ("approve", "s-FIRST-1", "r1"), ("deny", "s-FIRST-1", "r1")],
)  # fmt: skip
def test_control_of_a_session_that_has_ended_is_answered_with_no(
    df: Run, factory: Factory, arguments: tuple[str, ...]
) -> None:
    status, out, err = df(factory.root, "sessions", *arguments)

    assert (status, out) == (1, "")
    assert "has ended (proposed)" in err
    assert "\n  fix: item FIRST " in err


@pytest.mark.parametrize("verb", ["show", "follow"])
def test_an_item_stands_for_its_last_session(df: Run, factory: Factory, verb: str) -> None:
    by_session = df(factory.root, "sessions", verb, "s-FIRST-1")
    by_item = df(factory.root, "sessions", verb, "FIRST")

    assert (by_item[0], by_item[1]) == (by_session[0], by_session[1])
    assert by_item[2].startswith("FIRST is an item; its last session is s-FIRST-1\n")


def test_an_items_name_means_its_last_session_and_that_is_said(df: Run, factory: Factory) -> None:
    status, _, err = df(factory.root, "sessions", "steer", "FIRST", "hello")

    assert status == 1
    assert "FIRST is an item; its last session is s-FIRST-1" in err
    assert "session s-FIRST-1 has ended" in err


def test_words_of_any_bytes_are_taken_and_shown(df: Run, factory: Factory) -> None:
    odd = b"caf\xe9 \x1b[31m".decode("utf-8", "surrogateescape")
    line = open_line(factory.root)
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    offer(line.gate(), "SECOND", {name: b"caf\xe9\n"}, epoch=2)

    statuses = [
        df(factory.root, "gate", "rework", "FIRST", "-m", odd)[0],
        df(factory.root, "gate", "close", "SECOND", "--as", "duplicate", "-m", odd)[0],
    ]
    shown = [
        df(factory.root, *command)
        for command in (
            ("gate", "log"),
            ("gate", "log", "--json"),
            ("gate", "show", "SECOND"),
            ("gate", "show", "SECOND", "--json"),
        )
    ]

    assert statuses == [0, 0]
    assert [status for status, _, _ in shown] == [0, 0, 0, 0]
    assert "\x1b" not in shown[0][1] + shown[2][1]


def test_a_change_can_be_judged_from_a_folder_below_and_from_a_worktree(
    df: Run, factory: Factory, tmp_path: Path
) -> None:
    below = factory.root / "deep" / "down"
    below.mkdir(parents=True)
    tree = tmp_path / "tree"
    Repository(factory.root).git("worktree", "add", "--quiet", "-b", "topic", str(tree))

    status, out, _ = df(below, "gate", "approve", "FIRST", "--json")
    other, rows, _ = df(tree, "gate", "--json")

    assert (status, other) == (0, 0)
    assert [row["id"] for row in json.loads(out)["landed"]] == ["c-FIRST"]
    assert json.loads(rows)["changes"] == []


def test_a_plan_from_elsewhere_is_what_is_worked_until_the_backlog_is_sorted_again(
    df: Run, factory: Factory, tmp_path: Path
) -> None:
    source = tmp_path / "other.yaml"
    source.write_text('- {id: OTHER, title: "From elsewhere", labels: [bug]}\n')

    df(factory.root, "triage", "--from", str(source))
    refused = df(factory.root, "run", "--item", "SECOND", "--json")
    explained = df(factory.root, "triage", "--explain", "OTHER", "--json")
    assigned = df(factory.root, "assign", "OTHER", "rest", "--json")
    df(factory.root, "triage")
    back = df(factory.root, "assign", "OTHER", "rest", "--json")

    assert refused[0] == 2
    assert json.loads(refused[2].splitlines()[-1])["error"]["code"] == "item.unknown"
    assert explained[0] == 0
    rows = {row["id"]: row["lane"] for row in json.loads(assigned[1])["items"]}
    assert rows == {"OTHER": "rest"}
    assert back[0] == 2


@pytest.mark.parametrize(
    ("lacking", "status"), [("git", 3), ("lanes", 2), ("commits", 3), ("backlog", 2), ("items", 0)]
)
def test_what_is_missing_around_a_run_is_named(
    df: Run, tmp_path: Path, lacking: str, status: int
) -> None:
    root = tmp_path / "place"
    lanes = (
        "harness: {command: 'true'}\nagents: {mock: {kind: mock}}\nlanes: {all: {default: true}}\n"
    )
    files = {"lanes.yaml": lanes, "backlog.yaml": "[]\n"}
    if lacking == "git":
        root.mkdir()
    elif lacking == "commits":
        make_repository(root)
        Repository(root).write({**files, "backlog.yaml": "- {id: A, title: A}\n"})
    else:
        missing = {"lanes": "lanes.yaml", "backlog": "backlog.yaml"}.get(lacking)
        make_repository(root, {name: text for name, text in files.items() if name != missing})

    found, _, err = df(root, "run", "--json") if lacking != "items" else df(root, "triage")

    assert found == status, err
    if status:
        assert misfits(json.loads(err.splitlines()[-1]), shapes.ERROR) == []
