"""Run a step of a workspace's life, killed before each change it makes; print what is left.

A process of its own, because it forks: ``workspace_killer.py FOLDER ACTION STRIDE``. Prints one
JSON line for the run that nobody killed and one for each killed run that was then run again.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Slot
from tests.fakes.repositories import Repository, make_repository

T = TypeVar("T")
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen", "os.chmod"}


class FixedClock:
    """Stands still, so that the same work gives the same commits."""

    def now(self) -> float:
        return 1000.0

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


class Stage:
    """A user's repository with one leased workspace, full of work, that can be put back."""

    def __init__(self, folder: Path) -> None:
        self.live, self.saved = folder / "live", folder / "saved"
        make_repository(self.live, {".gitignore": "*.log\n", "a": "a\n", "d/b": "b\n"})
        hub, pool = self.open()
        self.base = hub.sync_base().commit
        self.fill(Repository(pool.lease("s-1", self.base).path))
        subprocess.run(["cp", "-a", self.live, self.saved], check=True)

    def fill(self, agent: Repository) -> None:
        agent.commit("committed", {"c": "committed\n"})
        agent.write({"a": "changed\n", "new/n": "new\n", "x.log": "log\n", "nested/m": "m\n"})
        make_repository(agent.path / "nested", {"inner": "inner\n"})
        (agent.path / "d" / "b").unlink()
        os.mkfifo(agent.path / "pipe")

    def reset(self) -> None:
        shutil.rmtree(self.live)
        subprocess.run(["cp", "-a", self.saved, self.live], check=True)

    def open(self) -> tuple[Hub, Pool]:
        state = StateFolder(self.live / ".darkfactory")
        hub = open_hub(state, "main")
        return hub, Pool(state, "agents", hub, clock=FixedClock())

    def slot(self) -> Slot:
        return Slot(StateFolder(self.live / ".darkfactory").pool("agents"), "01")


def release(stage: Stage) -> None:
    _, pool = stage.open()
    pool.release("s-1")
    pool.lease("s-2", stage.base)


def take_over(stage: Stage) -> None:
    """Lease a slot whose holder went without a release, as after a lost lease."""
    _, pool = stage.open()
    slot = stage.slot()
    if slot.read().holder == "s-1":
        slot.write(replace(slot.read(), holder=None))
    pool.lease("s-2", stage.base)


def gather(stage: Stage) -> None:
    hub, pool = stage.open()
    workspace = pool.find("s-1")
    assert workspace is not None
    collect(hub, workspace, ref="refs/df/prop/1", message="m", when=7)


ACTIONS: dict[str, Callable[[Stage], None]] = {
    "release": release, "take_over": take_over, "gather": gather,
}  # fmt: skip


def outcome(stage: Stage) -> dict[str, Any]:
    """Everything that can be got back, wherever it is."""
    hub, pool = stage.open()
    kept: dict[str, str] = {}
    for ref in hub.refs("refs/df/wreck", "refs/df/prop"):
        kept |= {f"{ref}:{name}": name for name in hub.git("log", "--format=%s", ref).text.split()}
        for line in hub.git("ls-tree", "-r", ref).text.splitlines():
            kept[f"{ref}/{line.split(chr(9))[1]}"] = line.split()[2]
    for path in (stage.live / ".darkfactory" / "quarantine").rglob("*"):
        if path.is_fifo() or (path.is_file() and "/.git/" not in str(path)):
            name = str(path.relative_to(stage.live))
            kept[name] = "" if path.is_fifo() or path.name == "about.json" else path.read_text()
    leased = pool.find("s-2")
    status = Repository(leased.path).status if leased else None
    return {"kept": kept, "status": status, "broken": list(hub.verify())}


def killed(stage: T, action: Callable[[T], None], step: int) -> bool:
    """Run *action* in a child that dies before its change number *step*; tell whether it died."""
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            writes = (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY
            )
            if event in CHANGES or writes:
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        action(stage)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    stage, action = Stage(Path(sys.argv[1])), ACTIONS[sys.argv[2]]
    stride = int(sys.argv[3])
    stage.reset()
    action(stage)
    print(json.dumps(outcome(stage)), flush=True)  # noqa: T201 - read by the test
    step = 1
    while True:
        stage.reset()
        if not killed(stage, action, step):
            return
        action(stage)
        print(json.dumps(outcome(stage) | {"step": step}), flush=True)  # noqa: T201
        step += stride


if __name__ == "__main__":
    main()
