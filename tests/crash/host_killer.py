"""End a session, killed before each of the writes that this takes; bury it; print what is left.

A process of its own, because it forks: ``host_killer.py FOLDER ACTION STRIDE``, where *ACTION* is
``finish`` (a host's own end), ``cancel`` (the same after a cancel), ``bury`` (the end of a
session whose host died in the middle of a turn, with a cancel waiting) or a step of a nuke
or a steer, behind which its host died. Prints one JSON line for
the run that nobody killed, and one for each killed run once the session is buried.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.ending import Ending, Left, finish_session
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import SessionSpec, load_spec
from tests.fakes.hosted import SESSION, Bench, make_template
from tests.fakes.repositories import Repository

WHEN = 1_700_000_000.0
NUKE = {"id": "waffle-1-nuke", "op": "cancel"}
NUKED = asdict(Ending(Outcome.NUKED, "cancelled by waffle: it loops", at=WHEN))
STEER = {"id": "waffle-1-1", "op": "steer"}
NUKE_STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "nuke-requested": ("control.requested", {**NUKE, "by": "waffle", "reason": "it loops"}),
    "nuke-accepted": ("control.accepted", NUKE),
    "nuke-decided": ("session.ending", NUKED),
    "nuke-applied": ("control.applied", NUKE),
}
STEER_STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "steer-requested": ("control.requested", {**STEER, "by": "waffle", "text": "Stop."}),
    "steer-accepted": ("control.accepted", STEER),
    "steer-applied": ("control.applied", STEER),
}
ENDINGS = {
    "finish": Ending(Outcome.PROPOSED, "the agent ended its turn", polite=True, at=WHEN),
    "cancel": Ending(Outcome.CANCELLED, "cancelled by ada", at=WHEN),
}


class Stage:
    """A session whose agent is gone and whose end is not written yet; it can be put back."""

    def __init__(self, folder: Path, action: str) -> None:
        self.action = action
        self.bench = Bench(folder / "live", make_template(folder / "template"))
        self.saved = folder / "saved"
        self.bench.script({"say": "nothing"})
        self.bench.prepare()
        agent = Repository(self.bench.workspace)
        agent.commit("committed", {"calc.py": "better\n"})
        agent.write({"new.txt": "new\n", "trace.log": "ignored\n"})
        dead = {"pid": 1, "start": "dead", "boot": "dead", "epoch": 1}
        (self.bench.folder / "host.json").write_text(json.dumps(dead))
        self._write_log()
        subprocess.run(["cp", "-a", self.bench.root, self.saved], check=True)

    @property
    def folder(self) -> str:
        return str(self.bench.folder)

    @property
    def spec(self) -> SessionSpec:
        spec = load_spec(self.folder)
        assert spec is not None
        return spec

    def writer(self, path: str) -> Writer:
        stream = Stream(self.bench.state.streams, path)
        return Writer(stream, producer=f"host:{SESSION}", session=SESSION)

    def _write_log(self) -> None:
        log = self.writer(f"s/{SESSION}")
        started = {"item": "item-1", "lane": "bugs", "attempt": 1}
        log.write("session.started", started)
        self.writer("factory").write("session.started", started)
        log.write("session.native", {"id": SESSION})
        log.write("turn.started", {"trigger": "start"}, turn=1)
        log.write("usage", {"scope": "request", "total_session": 70, "cost_usd": 0.5}, turn=1)
        log.write("message", {"role": "assistant", "text": "Fixed it."}, turn=1)
        if self.action == "bury":
            self._stop_midway(log)
        elif self.action in NUKE_STEPS:
            self._stop_behind(NUKE_STEPS, log)
        elif self.action in STEER_STEPS:
            self._stop_behind(STEER_STEPS, log)
        else:
            log.write("turn.finished", {"reason": "done", "text": "Fixed it."}, turn=1)
            log.write("session.ending", asdict(ENDINGS[self.action]))

    def _stop_behind(self, steps: Mapping[str, tuple[str, Any]], log: Writer) -> None:
        for name, (type_, data) in steps.items():
            log.write(type_, data, turn=1)
            if name == self.action:
                return

    def _stop_midway(self, log: Writer) -> None:
        log.write("tool.started", {"call": "t-1"}, turn=1)
        log.write("approval.requested", {"request": "r-1"}, turn=1)
        control = self.writer(f"s/{SESSION}/control")
        for name, op in (("c-1", "steer"), ("c-2", "cancel"), ("c-3", "steer")):
            control.write("control.requested", {"id": name, "op": op, "by": "ada", "text": "x"})
        log.write("control.accepted", {"id": "c-1", "op": "steer"})
        log.write("control.accepted", {"id": "c-2", "op": "cancel"})

    def reset(self) -> None:
        shutil.rmtree(self.bench.root)
        subprocess.run(["cp", "-a", self.saved, self.bench.root], check=True)

    def act(self) -> None:
        if self.action not in ENDINGS:
            bury(self.folder)
            return
        left = Left(exit_code=0, native=SESSION, last_words="Fixed it.", tokens=70, cost_usd=0.5)
        finish_session(
            self.folder,
            self.spec,
            ENDINGS[self.action],
            left,
            log=self.writer(f"s/{SESSION}"),
            factory=self.writer("factory"),
        )


def outcome(stage: Stage) -> dict[str, Any]:
    """Everything that is told of the session's end."""
    bench = stage.bench
    refs = bench.hub.refs("refs/df/work", "refs/df/wreck")
    counts = Counter(
        f"{path}:{event.type}:{event.data.get('id') or ''}"
        for path in ("factory", f"s/{SESSION}")
        for event in bench.events(path=path)
    )
    return {
        "end": json.loads((bench.folder / "exit.json").read_text()),
        "trees": {ref: bench.hub.tree(commit) for ref, commit in refs.items()},
        "summary": (bench.folder / "SUMMARY.md").read_text(),
        "events": dict(counts),
        "ended": [dict(e.data) for e in bench.events("session.ended")],
        "drafts": [path.name for path in bench.folder.glob("*.tmp")],
        "broken": list(bench.hub.verify()),
    }


def killed(stage: Stage, step: int) -> bool:
    """Act in a child that dies before its write number *step*; tell whether it died."""
    child = os.fork()
    if child == 0:
        seen = 0

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def write(*given: Any, **named: Any) -> Any:
                nonlocal seen
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*given, **named)

            return write

        for name in ("write", "replace", "rename"):  # a flush changes nothing that a kill leaves
            setattr(os, name, counted(getattr(os, name)))
        stage.act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    stage = Stage(Path(sys.argv[1]), sys.argv[2])
    stage.act()
    print(json.dumps(outcome(stage)), flush=True)  # noqa: T201 - read by the test
    step = 1
    while True:
        stage.reset()
        if not killed(stage, step):
            return
        bury(stage.folder)
        print(json.dumps({**outcome(stage), "step": step}), flush=True)  # noqa: T201
        step += int(sys.argv[3])


if __name__ == "__main__":
    main()
