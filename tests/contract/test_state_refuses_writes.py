"""The state folder takes no more writes in the midst of a run: what is read is told, nothing counts
half, and once it takes writes again a rerun finishes every item once.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.factory.host_room import LEAST_BYTES
from tests.fakes.factories import Factory, bug, make_factory, write_note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NAMES = ("ONE", "TWO", "THREE", "FOUR")
READING = (("status",), ("brief",), ("sessions",), ("sessions", "show", "s-ONE-1"), ("gate",))
_MIDWAY = """
cp -a {root} {disk}/r && cd {disk}/r || exit 9
"$@" run --lanes 2 --json >run.out 2>run.err & run=$!
until grep -q '"type":"session.started"' .darkfactory/streams/factory.jsonl
do sleep 0.05; done 2>/dev/null
dd if=/dev/zero of=FILL bs=64k 2>/dev/null
wait $run; echo $? >&3; tail -n 1 run.err >&3
"$@" status >&2 || exit 8
rm FILL
"$@" run >&2; echo $? >&3
"$@" gate --json
"""


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [write_note(name, sleep=1.5) for name in NAMES]}
    made = make_factory(tmp_path, script, [bug(name) for name in NAMES])
    yield made
    made.end()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap for a small disk")
def test_a_disk_that_fills_up_in_a_run_costs_no_item_anything(factory: Factory) -> None:
    disk, told = factory.root.parent / "disk", factory.root.parent / "told"
    disk.mkdir()
    size = LEAST_BYTES + (64 << 20)
    mount = ["bwrap", "--dev-bind", "/", "/", "--size", f"{size}", "--tmpfs", f"{disk}"]
    script = f"exec 3>{told}\n{_MIDWAY.format(root=factory.root, disk=disk)}"

    done = subprocess.run(
        [*mount, "sh", "-c", script, "sh", sys.executable, "-m", "darkfactory"],
        cwd=factory.root,
        env=factory.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    status, words, again = told.read_text().splitlines()
    assert (status, json.loads(words)["error"]["code"]) == ("3", "disk.full")
    assert again == "0", done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert sorted(change["item"] for change in changes) == sorted(NAMES)
    assert {change["state"] for change in changes} == {"waiting_taste"}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_state_folder_that_is_closed_in_a_run_is_read_on_and_costs_no_item_anything(
    factory: Factory,
) -> None:
    run = factory.start("run", "--lanes", "2")
    factory.wait_for("session.started", item="ONE")
    subprocess.run(["chmod", "-R", "a-w", str(factory.state.root)], check=True)

    status = run.wait(60)
    told = {command: factory.df(*command, expect=None) for command in READING}
    refused = factory.df("run", "--json", expect=3)
    subprocess.run(["chmod", "-R", "u+w", str(factory.state.root)], check=True)
    factory.df("run")

    assert status == 3
    assert {done.returncode for done in told.values()} == {0}, told
    assert json.loads(refused.stderr.splitlines()[-1])["error"]["code"] == "state.refused"
    changes = factory.json("gate")["changes"]
    assert sorted(change["item"] for change in changes) == sorted(NAMES)
