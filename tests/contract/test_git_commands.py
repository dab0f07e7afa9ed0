"""How many git processes a session costs: they were once half of what the factory costs."""

from pathlib import Path

import pytest

from darkfactory.domain.item import Item, PlannedItem
from darkfactory.gate.propose import Offer, propose
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.pool import Pool
from tests.fakes.gates import make_gate
from tests.fakes.git_commands import noted_commands


def test_a_session_costs_nine_git_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = noted_commands(tmp_path, monkeypatch)
    room, _ = make_gate(tmp_path)
    pool = Pool(room.state, "agents", room.hub)
    pool.lease("earlier", room.hub.sync_base().commit)
    pool.release("earlier", kept=True)
    commands()

    workspace = pool.lease("s-a-1", room.hub.sync_base().commit)
    leased = commands()
    (workspace.path / "new.txt").write_text("new\n")
    found = collect(room.hub, workspace, ref="refs/df/work/s-a-1/1", message="It", when=1)
    collected = commands()
    planned = PlannedItem(Item("a", "Do it"), "bugs", 1, ())
    change, green = propose(room, Offer(planned, "s-a-1", str(found.head), "Done."))
    judged = commands()

    assert green
    assert change.facts["paths"] == ["new.txt"]
    assert leased == ["checkout"]
    assert collected == ["ls-files", "update-index", "write-tree", "commit-tree", "update-ref"]
    assert judged == [
        "update-ref",
        "for-each-ref",
        "diff-tree",
        "ls-tree",
    ]  # last: pretended harness
