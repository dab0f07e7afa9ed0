"""One hash over everything that decides a plan."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from darkfactory.domain.item import Item
from darkfactory.domain.lane import Lane

_ITEM = tuple(field.name for field in fields(Item))
_RULES = 1
"""Rises when triage itself decides otherwise, so that a stored plan of older rules is stale."""


def snapshot_of(items: Sequence[Item], lanes: Sequence[Lane], assigned: Mapping[str, str]) -> str:
    """Return the SHA-256 of all that decides the plan, in hexadecimal.

    The order of items and lanes counts, that of mappings does not.
    """
    known = {item.id for item in items}
    said = {
        "rules": _RULES,
        "items": [{key: getattr(item, key) for key in _ITEM} for item in items],
        "lanes": [
            {"name": lane.name, "default": lane.default, "match": asdict(lane.match)}
            for lane in lanes
        ],
        "assigned": {item: lane for item, lane in assigned.items() if item in known},
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
