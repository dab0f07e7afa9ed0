"""What lanes.yaml said the last time it was read: a tenth of the time of reading it again.

The cache counts only for the very file and program that it was made from; one that is damaged,
edited or somebody else's is passed over and made anew, so it can be deleted at any time.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from darkfactory import __version__
from darkfactory.domain.lane import (
    Allow,
    Autonomy,
    BatchCap,
    Budget,
    Lane,
    Loop,
    Match,
    WaffleLimits,
)
from darkfactory.domain.settings import (
    AgentKind,
    AgentSettings,
    FactKind,
    GateSettings,
    HarnessSettings,
    Hook,
    Limits,
    Settings,
    WorkspaceSettings,
)
from darkfactory.errors import DiskFull
from darkfactory.files import read_json, write_json

_MOST_BYTES = 1 << 20


def cached_settings(path: Path, cache: Path) -> Settings:
    """Return the settings of the lanes.yaml at *path*, from *cache* where that is of this file.

    Otherwise they are kept there, in a folder that is made if need be: lanes.yaml was right.

    Raises:
        LanesMissing: If there is no lanes.yaml.
        LanesInvalid: If it is wrong.
    """
    origin = _origin(path)
    known = _read(cache, origin) if origin else None
    if known is not None:
        return known
    from darkfactory.config.loading import load_settings

    settings = load_settings(path)
    if origin and origin == _origin(path):  # not edited while it was read
        _keep(cache, origin, settings)
    return settings


def _origin(path: Path) -> bytes | None:
    """Return what the settings of *path* follow from, or None where it cannot be read.

    The file's place on this machine is part of it: a repository cannot bring a cache of its own
    that says something else than its lanes.yaml.
    """
    if not path.is_file():
        return None  # whoever loads it says what is wrong; a pipe would hold us up here
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    if len(text) > _MOST_BYTES:
        return None
    place = f"{__version__} {status.st_dev} {status.st_ino}\n"
    return hashlib.sha256(place.encode() + text).digest()


def _read(cache: Path, origin: bytes) -> Settings | None:
    try:
        found = read_json(cache)
    except OSError:
        return None
    if not isinstance(found, dict) or found.get("seal") != _seal(origin, found.get("settings")):
        return None
    try:
        return _settings(found["settings"])
    except (KeyError, TypeError, ValueError):
        return None  # of a program with other settings that has the same version


def _keep(cache: Path, origin: bytes, settings: Settings) -> None:
    body = json.loads(json.dumps(asdict(settings)))
    # Where it cannot be kept, the next command reads lanes.yaml again: no harm.
    with contextlib.suppress(DiskFull, OSError):
        write_json(cache, {"seal": _seal(origin, body), "settings": body})


def _seal(origin: bytes, body: Any) -> str:
    """Return the hash that only settings kept by this program for *origin* carry."""
    text = json.dumps(body, separators=(",", ":"))
    return hashlib.sha256(origin + text.encode()).hexdigest()


def _settings(body: Mapping[str, Any]) -> Settings:
    """Return the settings whose seal was found right: every key is there, every value fits."""
    return Settings(
        harness=HarnessSettings(**body["harness"]),
        lanes=tuple(_lane(lane) for lane in body["lanes"]),
        agents={name: _agent(agent) for name, agent in body["agents"].items()},
        base=body["base"],
        backlog=None if body["backlog"] is None else tuple(body["backlog"]),
        allow=Allow(**_tuples(body["allow"])),
        limits=Limits(**body["limits"]),
        protected=tuple(body["protected"]),
        workspace=WorkspaceSettings(**_tuples(body["workspace"])),
        gate=GateSettings(**{**body["gate"], "union": tuple(body["gate"]["union"])}),
        notify=tuple(_hook(hook) for hook in body["notify"]),
    )


def _lane(body: Mapping[str, Any]) -> Lane:
    parts = {
        "match": Match(**_tuples(body["match"])),
        "autonomy": Autonomy(body["autonomy"]),
        "budget": Budget(**body["budget"]),
        "waffle": WaffleLimits(**_tuples(body["waffle"])),
        "allow": Allow(**_tuples(body["allow"])),
        "loop": Loop(**body["loop"]) if body["loop"] else None,
        "batch": BatchCap(**body["batch"]) if body["batch"] else None,
    }
    return Lane(**{**_tuples(body), **parts})


def _agent(body: Mapping[str, Any]) -> AgentSettings:
    return AgentSettings(**{**_tuples(body), "kind": AgentKind(body["kind"])})


def _hook(body: Mapping[str, Any]) -> Hook:
    return Hook(**{**body, "on": tuple(map(FactKind, body["on"]))})


def _tuples(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in body.items()}
