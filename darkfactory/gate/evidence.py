"""What is known of prefixes of the queue: from runs of this process and from earlier ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from darkfactory.domain.change import HarnessResult
from darkfactory.domain.lane import Lane
from darkfactory.gate.chain import Chain, Link
from darkfactory.gate.judging import Judged, judge
from darkfactory.gate.queue import Verdict
from darkfactory.gate.record import LANE, Change
from darkfactory.gate.room import GateRoom, Tester
from darkfactory.gate.warned import own_word


@dataclass(frozen=True, slots=True)
class Told:
    """What runs said of a prefix; *judged* only of a single change, held against its base."""

    changes: frozenset[str]
    results: tuple[HarnessResult, ...]
    judged: Judged | None = None

    @property
    def green(self) -> bool:
        """Whether the prefix may land as far as the checks can tell."""
        if self.judged is not None:
            return self.judged.verdict.green
        return all(result.green for result in self.results)

    @property
    def failing(self) -> frozenset[str]:
        """What fails, as far as the harness names it."""
        return frozenset(name for result in self.results for name in result.failing)


class Evidence:
    """The verdicts on prefixes of the chains of one gate."""

    def __init__(self, room: GateRoom) -> None:
        self._room = room
        self._told: dict[str, Told] = {}
        self._unknown: set[str] = set()

    def hear(self, commit: str, told: Told) -> None:
        """Take what runs said of the prefix that *commit* is."""
        self._told[commit] = told

    def of(self, links: Sequence[Link]) -> Told | None:
        """Return what is known of the prefix *links*, None for nothing that counts.

        A red result of a single change counts once it was held against its base. Who is tested
        alone is judged anew, and in no longer prefix.
        """
        by_itself = any(is_tested_alone(link.change) for link in links)
        if by_itself and len(links) > 1:
            return None
        told = self._told.get(links[-1].candidate.commit) or self._known(links)
        if told is None or len(links) > 1 or told.judged is not None:
            return told
        return told if told.green and not by_itself else None

    def verdicts(self, chain: Chain) -> dict[int, Verdict]:
        """Return the verdict on each prefix of *chain* of which one is known, by its length."""
        found = {}
        for place, link in enumerate(chain.links, start=1):
            told = self.of(chain.links[:place])
            if told is not None:
                found[place] = Verdict.GREEN if _may_land(told, link.change) else Verdict.RED
        return found

    def failed_elsewhere(self, link: Link, failing: Iterable[str]) -> bool:
        """Tell whether another prefix with the change of *link* failed in one of these tests."""
        return any(
            link.change.id in told.changes and not told.failing.isdisjoint(failing)
            for commit, told in self._told.items()
            if commit != link.candidate.commit
        )

    def base_is_red(self, chain: Chain) -> bool:
        """Tell whether the harness is known to fail on the base: then each is judged by itself."""
        known = [self._room.test.known(chain.base, lane) for lane in self._lanes(chain.links)]
        return any(result is not None and not result.green for result in known)

    def run(self, test: Tester, links: Sequence[Link]) -> Told:
        """Run what *links* are to pass, until one is red; a single one is held against its base.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
            RunStopped: If it is not wanted any more.
        """
        if len(links) == 1:
            judged = judge(self._room, links[0].change, links[0].candidate, test=test)
            return Told(_names(links), (judged.result,), judged)
        return self.run_harness(test, links)

    def run_harness(self, test: Tester, links: Sequence[Link]) -> Told:
        """Run each harness that *links* are to pass, until one is red.

        Raises:
            HarnessNotConfinable: If the harness may not run here.
            RunStopped: If it is not wanted any more.
        """
        results: list[HarnessResult] = []
        for lane in self._lanes(links):
            results.append(test(links[-1].candidate.commit, lane))
            if not results[-1].green:
                break
        return Told(_names(links), tuple(results))

    def _known(self, links: Sequence[Link]) -> Told | None:
        """Return that the prefix is green if earlier runs tell."""
        commit = links[-1].candidate.commit
        if commit in self._unknown:
            return None
        known = [self._room.test.known(commit, lane) for lane in self._lanes(links)]
        results = tuple(one for one in known if one is not None and one.green)
        if len(results) < len(known):
            self._unknown.add(commit)
            return None
        return self._told.setdefault(commit, Told(_names(links), results))

    def _lanes(self, links: Iterable[Link]) -> list[Lane | None]:
        """Return one lane for each harness that *links* are to pass."""
        lanes = [self._room.lane(link.change) for link in links]
        return list({(lane and lane.harness) or "": lane for lane in lanes}.values())


def is_tested_alone(change: Change) -> bool:
    """Tell whether *change* is tested with no other one.

    It is one that somebody should be warned of, or that a lane approved, so that no person knows
    what the checks say now.
    """
    return _is_by_lane(change) or bool(own_word(change))


def _may_land(told: Told, change: Change) -> bool:
    """Tell whether what is *told* lets the prefix land that ends with *change*.

    What a lane has approved lands only without any doubt.
    """
    doubt = told.judged.doubt if told.judged else ""
    return told.green and not (doubt and _is_by_lane(change))


def _is_by_lane(change: Change) -> bool:
    return change.approval is not None and change.approval.by.startswith(LANE)


def _names(links: Sequence[Link]) -> frozenset[str]:
    return frozenset(link.change.id for link in links)
