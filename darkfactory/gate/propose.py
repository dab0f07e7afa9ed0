"""Turn what a session left into a change at the gate: facts first, then the harness on the merge."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.changes.claims import Facts, judge_claims
from darkfactory.changes.green import green
from darkfactory.changes.measure import diff_text, measure, patch_id
from darkfactory.changes.paths import outside, protected
from darkfactory.changes.risk import RiskFacts, risk
from darkfactory.changes.secrets import secrets_in
from darkfactory.domain.change import FileDelta, HarnessResult
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Lane
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefUpdate
