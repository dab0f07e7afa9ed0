"""Mend a record, killed before each change that mending makes; print what it is like afterwards.

A process of its own, because it forks: ``mend_killer.py FOLDER STRIDE``. Prints one JSON line for
the mending that nobody killed and one for each killed one that was then run again.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from darkfactory.domain.session import Outcome
from darkfactory.factory.line import Line, look_at_line, open_line
from darkfactory.factory.mend import mend
from darkfactory.sessions.spec import SessionEnd, SessionSpec, save_end, save_spec
from tests.crash.workspace_killer import killed
from tests.fakes.recorded import make_recorded

LOST = "e" * 40
SPEC = SessionSpec(
    session="s-parse-1", item="parse", title="parse loses the last line", lane="bugs", attempt=1,
    epoch=1, kind="mock", agent="mock", autonomy="propose", argv=("true",), workspace="", hub="",
    base="", streams="", prompt="",
)  # fmt: skip


class Stage:
    """A factory that has lost something of everything, and that can be put back."""

    def __init__(self, folder: Path) -> None:
        self.live, self.saved = folder / "live" / "repository", folder / "saved"
        made = make_recorded(folder / "live")
        self._lose_a_commit(open_line(made.root))
        session = made.state.session(SPEC.session)
        session.mkdir(parents=True)
        save_spec(str(session), replace(SPEC, streams=str(made.state.streams)))
        save_end(str(session), SessionEnd(1, Outcome.FAILED, "it gave up"))
        (made.state.streams / "s" / "s-slug-1.jsonl").unlink()
        (made.state.hub / "config").write_bytes(b"\xff")
        subprocess.run(["cp", "-a", self.live, self.saved], check=True)

    def _lose_a_commit(self, line: Line) -> None:
        change = line.record.changes.of_item("add")
        assert change is not None
        data = {**change.facts, "change": "c-gone", "item": "gone", "head": LOST}
        writer = line.record.writer("test")
        writer.write("change.proposed", {**data, "ref": "refs/df/prop/c-gone/1"})
        writer.write("change.waiting", {"change": "c-gone", "item": "gone"})

    def reset(self) -> None:
        shutil.rmtree(self.live)
        subprocess.run(["cp", "-a", self.saved, self.live], check=True)


def act(stage: Stage) -> None:
    mend(look_at_line(stage.live))


def outcome(stage: Stage) -> dict[str, Any]:
    """What the record says after mending, as any command would read it."""
    line = open_line(stage.live)
    started = [e for _, e in line.record.stream.read() if e.type == "session.started"]
    return {
        "states": {change.id: change.state for change in line.record.changes},
        "refs": line.hub.refs("refs/heads", "refs/df/prop", "refs/df/landed", "refs/df/work"),
        "lost": sorted(line.record.written_off),
        "sessions": {row.id: row.outcome for row in line.record.sessions.values()},
        "told": [event.session for event in started].count(SPEC.session),
        "broken": list(line.hub.verify(thorough=True)),
    }


def main() -> None:
    stage, stride = Stage(Path(sys.argv[1])), int(sys.argv[2])
    act(stage)
    print(json.dumps(outcome(stage)), flush=True)  # noqa: T201 - read by the test
    step = 1
    while True:
        stage.reset()
        if not killed(stage, act, step):
            return
        act(stage)
        print(json.dumps(outcome(stage)), flush=True)  # noqa: T201
        step += stride


if __name__ == "__main__":
    main()
