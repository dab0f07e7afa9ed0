"""What a session host is told: one JSON file, written before the host starts.

No secret is in it: the agent's environment is the host's own, handed over by whoever starts it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import Outcome
from darkfactory.domain.skill import GATE
from darkfactory.files import read_json, write_json

SPEC_FILE = "spec.json"
HOST_FILE = "host.json"
EXIT_FILE = "exit.json"
RAW_FILE = "raw.jsonl"
PROMPT_FILE = "prompt.md"
SUMMARY_FILE = "SUMMARY.md"
SOCKET_FILE = "c.sock"
LOCK_FILE = "host.lock"
LOG_FILE = "host.log"

_SKILL_KEYS = ("name", "version", "sha256")

HARD_DEADLINE_SECONDS = 12 * 3600.0
"""How long a session may live when its lane names no minutes: a forgotten agent ends some day."""


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """One run of a session host.

    *epoch* rises each time the session is taken up again; *trigger* is ``start``, ``steer`` or
    ``resume``. *argv* is the fenced command line. *tokens*, *usd* and *turns* are its budget;
    None is no limit. The ``…_before`` figures are what the conversation had used up earlier.
    *calibration* is what ``waffle.json`` had of the lane when the run began. *reminder* ends each
    message of ours after the prompt, *rules* are the non-negotiables with a check, *withheld* the
    skills that a draw has kept from it, and *warnings* what went wrong before the agent began.
    *catalogue* and *shadows* are those of its skills; *mcp* are the servers that it gets, each with
    name, command and env. The session is over once it has loaded the skill *until_loaded*, or has
    changed a file, where that is given.
    """

    session: str
    item: str
    title: str
    lane: str
    attempt: int
    epoch: int
    kind: str
    agent: str
    autonomy: str
    argv: tuple[str, ...]
    workspace: str
    hub: str
    base: str
    streams: str
    prompt: str
    trigger: str = "start"
    model: str | None = None
    version: str | None = None
    native: str | None = None
    resume: str | None = None
    confined: bool = False
    confinement: Mapping[str, str] = field(default_factory=dict)
    workspace_seconds: float = 0.0
    keep: tuple[str, ...] = ()
    workspace_kind: str = "clone"
    branch: str = "main"
    skills: tuple[Mapping[str, Any], ...] = ()
    withheld: tuple[Mapping[str, Any], ...] = ()
    reminder: str = ""
    rules: tuple[Mapping[str, Any], ...] = ()
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    shadows: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    mcp: tuple[Mapping[str, Any], ...] = ()
    until_loaded: str = ""
    agent_args: tuple[str, ...] = ()
    silence_seconds: float = 300.0
    deadline_seconds: float = HARD_DEADLINE_SECONDS
    tokens: int | None = None
    usd: float | None = None
    turns: int | None = None
    total_before: int = 0
    cost_before: float = 0.0
    requests_before: int = 0
    secret_names: tuple[str, ...] = ()
    waffle: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] | None = None
    owns: tuple[str, ...] = ()
    loop: Mapping[str, Any] | None = None

    @property
    def observes(self) -> bool:
        """Whether the session may only read: its report is its result."""
        return self.autonomy == Autonomy.OBSERVE

    @property
    def enforced(self) -> tuple[Mapping[str, Any], ...]:
        """The rules that the gate holds the session's change to."""
        return tuple(rule for rule in self.rules if rule.get("enforce") == GATE)


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How one run of a session ended; the text of exit.json.

    *head* is the commit in the hub that holds the agent's work, *preserved* the ref that keeps it
    reachable (None: there was nothing). *polite* tells that the agent ended its turn by itself.
    """

    epoch: int
    outcome: Outcome
    reason: str
    exit_code: int | None = None
    signal: int | None = None
    orphans_killed: int = 0
    head: str | None = None
    preserved: str | None = None
    quarantine: str | None = None
    polite: bool = False
    native: str | None = None
    summary: str = ""
    notes: tuple[str, ...] = ()
    tokens: int = 0
    cost_usd: float = 0.0
    waffle: float | None = None
    risk: float | None = None


def save_spec(folder: str, spec: SessionSpec) -> None:
    """Write *spec* into its session's *folder*."""
    write_json(os.path.join(folder, SPEC_FILE), asdict(spec), durable=True)


def load_spec(folder: str) -> SessionSpec | None:
    """Return the spec in *folder*, or None where none was written."""
    body = read_json(os.path.join(folder, SPEC_FILE))
    return SessionSpec(**_known(SessionSpec, body)) if isinstance(body, dict) else None


def save_end(folder: str, end: SessionEnd) -> None:
    """Write *end* into its session's *folder*, whole or not at all."""
    write_json(os.path.join(folder, EXIT_FILE), asdict(end), durable=True)


def load_end(folder: str) -> SessionEnd | None:
    """Return how the last run of the session in *folder* ended, or None if it has not."""
    body = read_json(os.path.join(folder, EXIT_FILE))
    if not isinstance(body, dict):
        return None
    try:
        return SessionEnd(**{**_known(SessionEnd, body), "outcome": Outcome(body["outcome"])})
    except (LookupError, TypeError, ValueError):  # not what we write: then nothing is proved by it
        return None


def marker_of(folder: str) -> str:
    """Return what marks the processes of the session in *folder* in their environment.

    Session ids repeat from one repository to the next; the folder's real path does not.
    """
    return os.path.realpath(folder)


def started_data(spec: SessionSpec) -> dict[str, Any]:
    """Return the data of ``session.started``."""
    return {
        "item": spec.item,
        "title": spec.title,
        "lane": spec.lane,
        "attempt": spec.attempt,
        "kind": spec.kind,
        "model": spec.model,
        "version": spec.version,
        "autonomy": spec.autonomy,
        "confined": spec.confined,
        "confinement": dict(spec.confinement),
        "workspace": spec.workspace,
        "workspace_seconds": spec.workspace_seconds,
        "base": spec.base,
        "owns": list(spec.owns),
        "calibration": spec.calibration,
        "steers_told": True,
        "skills": [_brief(skill) for skill in spec.skills],
        "withheld": [_brief(skill) for skill in spec.withheld],
        "enforced": [f"{rule['skill']}/{rule['id']}" for rule in spec.enforced],
        "mcp": [server["name"] for server in spec.mcp],
        "budget": {"tokens": spec.tokens, "usd": spec.usd, "turns": spec.turns},
    }


def _brief(skill: Mapping[str, Any]) -> dict[str, Any]:
    drawn = {"share": skill["share"]} if skill.get("share") else {}
    return {**{key: skill.get(key) for key in _SKILL_KEYS}, **drawn}


def spec_view(spec: SessionSpec) -> dict[str, Any]:
    """Return *spec* as the plain mapping that adapters read."""
    made: dict[str, Any] = json.loads(json.dumps(asdict(spec)))
    return made


def _known(kind: type[SessionSpec | SessionEnd], body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of *kind* in *body*: another release may have written more."""
    names = {each.name for each in fields(kind)} & body.keys()
    return {
        name: tuple(body[name]) if isinstance(body[name], list) else body[name] for name in names
    }
