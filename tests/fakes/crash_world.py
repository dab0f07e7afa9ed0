"""Days at the gate with kills at every durable step, and what must be true after them."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from darkfactory.domain.change import ChangeState
from darkfactory.domain.settings import GateSettings
from darkfactory.gate.land import land_all
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import SETTINGS
from tests.fakes.small_hub import (
    DyingRoom,
    Files,
    KilledError,
    SmallHarness,
    SmallHub,
    chance,
    never,
    open_room,
)


@dataclass(frozen=True, slots=True)
class Day:
    """What came of one day; *wrong* says in words what should never be."""

    landed: int
    bounced: int
    kills: int
    runs: int
    wrong: tuple[str, ...]


def live_through(folder: Path, seed: int, *, changes: int = 12, kills: float = 0.04) -> Day:
    """Offer and approve *changes*; work the queue to its end, a *kills* share of steps fatal."""
    generator = random.Random(seed)  # noqa: S311 - a world, no secret
    hub = SmallHub()
    start = hub.store(frozenset({("calc.py", "one")}), (), "start")
    hub.names[hub.base_ref] = start
    names = [f"c{number}" for number in range(changes)]
    bad = {f"{name}.txt" for name in names if generator.random() < 0.1}
    pairs = [
        (f"{one}.txt", f"{other}.txt")
        for place, one in enumerate(names)
        for other in names[:place]
        if generator.random() < 0.02
    ]
    flaky = chance(seed + 1, 0.03)
    harness = SmallHarness(hub, bad, pairs, flaky)
    settings = replace(SETTINGS, gate=GateSettings(runners=generator.choice((1, 2, 4))))
    room = open_room(folder, settings, hub, harness, never)
    for name in names:
        _offer(room, hub, start, name, clashes=generator.random() < 0.1)
    dead, count = chance(seed + 2, kills), 0
    while not _is_over(open_room(folder, settings, hub, harness, never)):
        try:
            land_all(open_room(folder, settings, hub, harness, dead))
        except KilledError:
            count += 1
    return _judged(open_room(folder, settings, hub, harness, never), hub, harness, count)


def _offer(room: DyingRoom, hub: SmallHub, start: str, name: str, *, clashes: bool) -> None:
    files: Files = frozenset({(f"{name}.txt", name), ("calc.py", name if clashes else "one")})
    head = hub.store(files, (start,), name)
    facts = {"head": head, "base": start, "patch_id": head, "title": name, "lane": "bugs"}
    room.record("change.proposed", {"change": f"c-{name}", "item": name, "revision": 1, **facts})
    room.say("waiting", room.find(name))
    approve(room, room.find(name), by="ada")


def _is_over(room: GateRoom) -> bool:
    return all(
        change.state is ChangeState.BOUNCED
        or (change.state is ChangeState.LANDED and change.audited)
        for change in room.refresh()
    )


def _judged(room: GateRoom, hub: SmallHub, harness: SmallHarness, kills: int) -> Day:
    changes = list(room.refresh())
    told = Counter(
        (event.type, event.data.get("change"))
        for _, event in room.stream.read()
        if event.type in ("change.landed", "change.audited")
    )
    wrong = [f"red on the base: {tip}" for tip in hub.tips if not harness.is_green(tip)]
    wrong += [f"told {times} times: {what}" for what, times in told.items() if times > 1]
    base = hub.commit(hub.base_ref)
    on_base = {name for name, _ in hub.files(base)}
    for change in changes:
        landed = change.state is ChangeState.LANDED
        if landed != (f"{change.item}.txt" in on_base):
            wrong.append(f"{change.id} is {change.state} and that is not so on the base")
        if landed and not hub.is_ancestor(str(change.landing["commit"]), base):
            wrong.append(f"the landing of {change.id} is lost")
    landings = sum(change.state is ChangeState.LANDED for change in changes)
    return Day(landings, len(changes) - landings, kills, harness.runs, tuple(wrong))
