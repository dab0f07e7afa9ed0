"""One day in a factory: a run, a person's verdicts, a second run; every answer is kept.

The tests of the line read from it what they are about, so that one costly day proves many things.
"""

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.factory.line import open_line
from darkfactory.gate.verdicts import approve
from darkfactory.sessions.control import request_control
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.repositories import Repository

CHECK = """\
echo "TAP version 13"
n=0
bad=0
for f in red/*; do
  [ -e "$f" ] || continue
  n=$((n + 1)); bad=1; echo "not ok $n - $f"
done
if [ -e left ] && [ -e right ]; then
  n=$((n + 1)); bad=1; echo "not ok $n - left-and-right"
fi
n=$((n + 1)); echo "ok $n - always"
echo "1..$n"
exit $bad
"""

LANES = """\
version: 1
harness: {command: sh check.sh, timeout: 1m}
protected: [lanes.yaml, docs/policy.md]
limits: {lanes: 6, brain_space: 0}
agents:
  mock: {kind: mock, script: mock.yaml}
  second: {kind: mock, script: mock.yaml}
  open: {kind: mock, script: mock.yaml, pass_env: [HANDED_OVER]}
lanes:
  look: {match: {labels: [look]}, agent: mock, autonomy: observe}
  ask: {match: {labels: [ask]}, agent: mock, autonomy: suggest}
  bad: {match: {labels: [bad]}, agent: mock, attempts: 2, sessions: 3, budget: {tokens: 100k}}
  tight: {match: {labels: [tight]}, agent: mock, budget: {tokens: 100}}
  bugs:
    match: {labels: [bug]}
    agent: [mock, second]
    sessions: 4
    attempts: 2
    owns: ["notes/**", "src/**"]
    taste: ["Is it small?", "Would I maintain it?"]
  env: {match: {labels: [env]}, agent: open}
"""

ESCAPES = "\x1b[31mred\x1b]0;title\x07 \x1b[2J"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIsecret",
    "GITHUB_TOKEN": "ghp_thecallersown",
    "SSH_AUTH_SOCK": "/run/agent.sock",
    "HANDED_OVER": "this-one-may",
}


def turns(marker: str, *found: Any) -> dict[str, Any]:
    """Return a script session of model turns; a last one without actions ends it."""
    return {"marker": marker, "turns": [*found, {"say": f"{marker} is done."}]}


def write(path: str, content: str) -> dict[str, Any]:
    return {"write": {"path": f"{{cwd}}/{path}", "content": content}}


def do(*actions: Any, **more: Any) -> dict[str, Any]:
    return {"say": "Working.", "do": list(actions), **more}


SCRIPT = {
    "sessions": [
        *(write_note(name) for name in ("FINE", "NEXT", "DROP", "FREED")),
        turns("ONCE", do(write("red/once", "x"))),
        turns("red/once", do({"shell": "rm -r red"}, write("notes/once.txt", "x"))),
        turns("ALWAYS", do(write("red/always", "x"))),
        turns("red/always", do(write("notes/always.txt", "x"))),
        turns("NOTHING"),
        turns("EXITS", {"say": "Bye.", "fault": {"kind": "exit", "status": 3}}),
        turns(
            "HICCUP",
            do(write("notes/hiccup.txt", "x"), fault={"kind": "exit", "status": 3, "times": 1}),
        ),
        turns("TIGHT", do(write("notes/tight.txt", "x"), usage={"input": 5000, "output": 10})),
        turns("ANEW", do(write("src/anew.py", "first = 1\n"))),
        turns("implemented anew", do(write("src/anew2.py", "second = 2\n"))),
        turns("AGAIN", do(write("src/again.py", "one = 1\ntwo = 2\nthree = 3\n"))),
        turns(
            "PLEASE-RENAME",
            do({"edit": {"path": "{cwd}/src/again.py", "old": "two", "new": "zwei"}}),
        ),
        turns("WHY-SO"),
        turns("WHYEVER", do(write("src/why.py", "x = 1\n"))),
        turns("TOUCH", do(write("docs/policy.md", "new\n"))),
        turns("LEFT", do(write("left", "x"), write("same.txt", "eins\n"))),
        turns("RIGHT", do(write("right", "x"))),
        turns(
            "left-and-right", do({"shell": "ls left && mv right right2"}, sleep=0.1)
        ),
        turns("ZWEI", do(write("same.txt", "zwei\n"))),
        turns(
            "Conflicts in",
            do({"shell": "cat same.txt; grep -c '<<<<<<<' same.txt"}, write("same.txt", "beide\n")),
        ),
        turns(
            "LOOP",
            do(write("draft.txt", "draft\n"), {"shell": "echo E: no rule to make loop; exit 2"}),
            {"say": "Hm.", "sleep": 60},
        ),
        turns("ended as nuked", do(write("notes/loop.txt", "x"))),
        turns("ENV", do({"shell": "env | sort > env.txt"})),
        turns("ESC", {"say": ESCAPES, "do": [write("notes/esc.txt", "\x1b[31m\n")]}),
        turns("LOOK", do({"read": "{cwd}/calc.py"})),
        turns("SHELL", do(write("src/shell.py", "x = 1\n")), do({"shell": "touch yes"}),
              do({"shell": "touch no"})),
    ],
}  # fmt: skip

ITEMS = [
    bug("FINE", title="Explain the answer", body="Say why it is what it is, in the notes."),
    bug("TWIN", title="Explain the answer", body="Say why it is what it is, in the notes."),
    bug("NEXT", blocked_by=["FINE"]),
    bug("LOOP"),
    bug("ONCE", labels=["bad"]),
    bug("ALWAYS", labels=["bad"]),
    bug("NOTHING", labels=["bad"]),
    bug("EXITS", labels=["bad"]),
    bug("HICCUP"),
    bug("TIGHT", labels=["tight"]),
    bug("ANEW"),
    bug("AGAIN"),
    bug("WHYEVER"),
    bug("DROP"),
    bug("FREED", blocked_by=["DROP"]),
    bug("TOUCH"),
    bug("LEFT"),
    bug("RIGHT"),
    bug("ZWEI"),
    bug("ENV", labels=["env"]),
    bug("ESC", title=f"Mend ESC {ESCAPES}", body=ESCAPES),
    bug("LOOK", labels=["look"]),
    bug("SHELL", labels=["ask"]),
]


@dataclass
class Answer:
    """What one command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Day:
    """A factory and what its commands said, by a name for each."""

    factory: Factory
    said: dict[str, Answer] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)

    def df(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> Answer:
        """Run a command and keep what it said as *name*."""
        done = self.factory.df(*arguments, expect=None, env=env)
        self.said[name] = Answer(done.returncode, done.stdout, done.stderr)
        return self.said[name]

    def log(self, session: str) -> list[Event]:
        """Return the events of a session's own stream."""
        return self.factory.events(f"s/{session}")

    def of(self, type_: str, item: str, when: str = "evening") -> list[Event]:
        """Return the factory's events of one type and item."""
        return [
            event
            for event in self.events[when]
            if event.type == type_ and event.data.get("item") == item
        ]

    def ends(self, item: str, when: str = "evening") -> list[str]:
        """Return the outcomes of an item's sessions, in order."""
        return [str(event.data["outcome"]) for event in self.of("session.ended", item, when)]


def live(folder: Path) -> Day:
    """Live through the day."""
    factory = make_factory(
        folder,
        SCRIPT,
        ITEMS,
        lanes=LANES,
        files={"check.sh": CHECK, "docs/policy.md": "old\n", ".gitignore": "__pycache__/\n"},
    )
    day = Day(factory)
    day.df("triage", "triage", "--json")
    _morning(day)
    _verdicts(day)
    day.df("evening", "run", "--lane", "bugs", "--json")
    _late(day)
    day.events["evening"] = factory.events()
    return day


def _morning(day: Day) -> None:
    factory = day.factory
    with (factory.root.parent / "morning.out").open("w") as out:
        run = factory.start("run", "--json", env=SECRETS, stdout=out)
        _ask(day)
        _nuke(factory)
        status = run.wait(120)
    text = (factory.root.parent / "morning.out").read_text()
    day.said["morning"] = Answer(status, text, "")
    day.events["morning"] = factory.events()
    for name in ("status", "brief", "gate", "sessions"):
        day.df(name, name, "--json")
        if name != "brief":
            day.df(f"{name} for people", name)
    day.df("esc", "gate", "show", "ESC", "--json")
    day.df("esc for people", "gate", "show", "ESC")
    day.df("esc log", "sessions", "follow", "s-ESC-1", "--json")
    day.df("esc log for people", "sessions", "follow", "s-ESC-1")
    day.df("env", "gate", "show", "ENV", "--json")
    day.df("session", "sessions", "show", "s-LOOK-1", "--json")


def _ask(day: Day) -> None:
    """Allow the first command that the session of SHELL asks for and refuse the second."""
    for number, verdict in enumerate(("approve", "deny")):

        def asked(number: int = number) -> list[str]:
            told = day.factory.events("s/s-SHELL-1")
            found = [e.data["request"] for e in told if e.type == "approval.requested"]
            return found[number:]

        day.factory.wait(lambda: bool(asked()))
        day.df(verdict, "sessions", verdict, "s-SHELL-1", str(asked()[0]), "--json")


def _nuke(factory: Factory) -> None:
    """Cancel LOOP as the waffle detector does."""
    factory.wait_for("tool.finished", "s/s-LOOP-1", status="failed")
    request_control(
        factory.state, "s-LOOP-1", ControlOp.CANCEL, by="waffle", reason="the same, three times"
    )


def _verdicts(day: Day) -> None:
    factory = day.factory
    (factory.root / "calc.py").write_text("dirty\n")
    day.df("dirty", "gate", "approve", "FINE", "--taste", "1=yes", "-m", "nice", "--json")
    Repository(factory.root).git("checkout", "--", "calc.py")
    _two_at_once(day)
    day.df("some bounce", "gate", "approve", "c-RIGHT", "ZWEI", "--json")
    day.df("touches", "gate", "approve", "LOOP", "TOUCH", "--json")
    day.df("touches alone", "gate", "approve", "TOUCH")
    place = ("--at", "src/again.py:2")
    day.df("rework", "gate", "rework", "AGAIN", "-m", "PLEASE-RENAME it", *place, "--json")
    day.df("ask", "gate", "rework", "WHYEVER", "-m", "WHY-SO?")
    day.df("nowhere", "gate", "rework", "ESC", "-m", "x", "--at", "src/none.py:1")
    day.df("anew", "gate", "close", "ANEW", "--as", "reimplement", "-m", "wrong layer")
    day.df("drop", "gate", "close", "DROP", "--as", "duplicate", "--json")
    day.df("later", "gate", "defer", "ESC", "--until", "2h", "--json")
    _watch(day)


def _two_at_once(day: Day) -> None:
    outputs = [day.factory.root.parent / f"{name}.out" for name in ("LEFT", "HICCUP")]
    gates = []
    for path in outputs:
        with path.open("w") as out:
            gates.append(day.factory.start("gate", "approve", path.stem, "--json", stdout=out))
    for gate, path in zip(gates, outputs, strict=True):
        day.said[path.stem] = Answer(gate.wait(60), path.read_text(), "")


def _watch(day: Day) -> None:
    """Leave a gate watching, then record a verdict that somebody else has to land."""
    path = day.factory.root.parent / "watch.out"
    with path.open("w") as out:
        watching = day.factory.start("gate", "land", "--watch", "--json", stdout=out)
    day.factory.wait(lambda: bool(path.read_text()))
    room = open_line(day.factory.root).gate()
    approve(room, room.find("ENV"), by="elsewhere")
    day.factory.wait_for("change.audited", item="ENV")
    day.factory.wait(lambda: len(path.read_text().splitlines()) > 1)
    watching.send_signal(signal.SIGTERM)
    day.said["watch"] = Answer(watching.wait(20), path.read_text(), "")


def _late(day: Day) -> None:
    day.df("evening gate", "gate", "--json")
    day.df("asked", "gate", "show", "WHYEVER", "--json")
    day.df("land late", "gate", "approve", "RIGHT", "ZWEI", "AGAIN", "--json")
    day.df("rerun", "run", "--lane", "bugs", "--json")
    day.df("log", "gate", "log", "--json")
    day.df("log for people", "gate", "log")
