"""Skills on probation as findings: what evals or a holdout say, and where it is seen. Pure."""

from collections.abc import Iterator, Mapping

from darkfactory.retro.case import Evidence
from darkfactory.retro.decay import Judged, Known, Standing
from darkfactory.retro.finding import IDLE, MOST_SHOWN, Finding
from darkfactory.retro.shelf import Shelf


def idle_skills(judged: Mapping[str, tuple[Known, Judged]], shelf: Shelf) -> Iterator[Finding]:
    """Yield D1: skills on probation that no other skill on *shelf* requires.

    The sessions of a holdout can be read, those of evals lie in their laboratory.
    """
    required = {name for skill in shelf.values() for name in skill.sidecar.requires}
    for name, (known, found) in sorted(judged.items()):
        if found.standing is not Standing.PROBATION or name in required or name not in shelf:
            continue
        version = shelf[name].version
        sessions, items = _support(known, found)
        places = known.holdout.without if known.holdout and found.live else ()
        evidence = tuple(Evidence(session, 0) for session in places[:MOST_SHOWN])
        yield Finding(IDLE, version, name, found.reason, evidence, sessions, items, supported=True)


def _support(known: Known, found: Judged) -> tuple[int, int]:
    """Return how many sessions of how many items show it; of evals: cells and scenarios."""
    if found.live and known.holdout:
        arms = (known.holdout.given, known.holdout.withheld)
        return sum(arm.sessions for arm in arms), sum(arm.items for arm in arms)
    return (known.trial.cells, known.trial.scenarios) if known.trial else (0, 0)
