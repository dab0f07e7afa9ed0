"""Lanes: which work goes where, and how far an agent may go alone."""

from dataclasses import dataclass, field
from enum import StrEnum


class Autonomy(StrEnum):
    """How far an agent may go without a person, least first."""

    OBSERVE = "observe"
    SUGGEST = "suggest"
    PROPOSE = "propose"
    LAND = "land"


@dataclass(frozen=True, slots=True)
class Match:
    """What a lane takes: any key that matches counts."""

    labels: tuple[str, ...] = ()
    title: str | None = None
    paths: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one session; None is no limit. *turns* counts model requests."""

    tokens: int | None = None
    usd: float | None = None
    minutes: float | None = None
    turns: int | None = None


@dataclass(frozen=True, slots=True)
class WaffleLimits:
    """Scores (0 to 1) at which the waffle detector warns, steers and nukes."""

    warn: float = 0.5
    steer: float = 0.7
    nuke: float = 0.9
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allow:
    """What a confined process tree may reach beyond its own folders.

    *write* and *read* are paths as written in lanes.yaml (``~`` allowed); *connect* are TCP ports.
    """

    write: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    connect: tuple[int, ...] = (443,)


@dataclass(frozen=True, slots=True)
class Loop:
    """A session that goes on turn after turn while a measured value gets better.

    *command* prints the value; None counts the failing tests of the harness. It is measured after
    *every* so many turns; *patience* is how many times in a row it may be no better.
    """

    every: int = 1
    command: str | None = None
    better: str = "lower"
    patience: int = 2
    turns: int = 30
    prompt: str = "Go on."


@dataclass(frozen=True, slots=True)
class BatchCap:
    """How much one yes to several changes of a lane may cover: *files* and *lines* of them all."""

    files: int = 20
    lines: int = 400


@dataclass(frozen=True, slots=True)
class Lane:
    """A swim lane. *agents* are names, preferred first; *allow* adds to the one of all lanes.

    *holdout* is the share of items that are not given a skill, each skill drawn by itself. *batch*
    None: each change of it wants a yes of its own.
    """

    name: str
    match: Match = field(default_factory=Match)
    default: bool = False
    agents: tuple[str, ...] = ()
    autonomy: Autonomy = Autonomy.PROPOSE
    sessions: int = 1
    attempts: int = 2
    skills: tuple[str, ...] = ()
    holdout: float = 0.0
    budget: Budget = field(default_factory=Budget)
    silence_seconds: float = 300.0
    owns: tuple[str, ...] = ()
    harness: str | None = None
    waffle: WaffleLimits = field(default_factory=WaffleLimits)
    taste: tuple[str, ...] = ()
    prompt: str = ""
    allow: Allow = field(default_factory=lambda: Allow(connect=()))
    loop: Loop | None = None
    batch: BatchCap | None = None
