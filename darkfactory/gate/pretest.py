"""Test what a person will read next before they have judged it, so that a yes lands at once.

The next changes in reading order are merged one onto the other, behind what is approved: each is
tested on the base as it will be if those ahead land. What only its red base has kept from being
judged is looked at again here too.
"""

from collections.abc import Iterable, Sequence

from darkfactory.gate.chain import Chain, Chains, Link
from darkfactory.gate.evidence import is_tested_alone
from darkfactory.gate.judging import Judged, judge, kept, tested, untested
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.runs import Runs
from darkfactory.harness.run import Stopped


class Pretests:
    """Runs in the background for what is read next. For one thread to use; close it.

    It needs no lock: another process that lands gets the result of a run that goes on here.
    """

    def __init__(self, room: GateRoom) -> None:
        self._room = room
        self._runners = max(1, room.settings.gate.runners)
        self._runs: Runs[Judged] = Runs(self._runners)
        self._chains = Chains(room)
        self._links: dict[str, Link] = {}
        self._ahead: dict[str, tuple[str, ...]] = {}

    def close(self) -> None:
        """End all runs."""
        self._runs.close()

    def wait(self, seconds: float) -> None:
        """Return once a run has ended, or *seconds* have passed."""
        self._runs.wait(seconds)

    def look(self, approved: Sequence[Change], next_up: Iterable[Change]) -> bool:
        """Record what runs have said, and start those that are wanted now; tell if any goes on.

        Args:
            approved: What lands first, in its order.
            next_up: What is read next, in reading order; ``gate.pretest`` of them are tested.

        Raises:
            GitFailed: If the hub cannot be read.
            HarnessNotConfinable: If the harness may not run here.
        """
        for key, judged in self._runs.take().items():
            self._record(self._links[key], self._ahead[key], judged)
        self._room.refresh()
        chain = self._chain(approved, next_up)
        self._tell_conflicts(chain)
        wanted = {_key(link): link for link in chain.links}
        for key in [key for key in self._runs.going if key not in wanted]:
            self._runs.stop(key)
        for place, link in enumerate(chain.links[len(approved) :], start=len(approved)):
            if len(self._runs.going) >= self._runners:
                break
            ahead = tuple(one.change.id for one in chain.links[:place])
            if ahead and is_tested_alone(link.change):
                break
            if _key(link) not in self._runs.going and not _is_told(link, ahead):
                self._start(link, ahead)
        return bool(self._runs.going)

    def make_way(self, approved: Sequence[Change]) -> None:
        """End what would keep *approved* changes waiting for a runner."""
        wanted = {_key(link) for link in self._chains.build(approved).links}
        spare = self._runners - 1
        for key in [key for key in self._runs.going if key not in wanted]:
            if spare <= 0:
                self._runs.stop(key)
            spare -= 1

    def _chain(self, approved: Sequence[Change], next_up: Iterable[Change]) -> Chain:
        most = len(approved) + self._room.settings.gate.pretest
        found = self._chains.build([*approved, *next_up])
        return Chain(found.base, found.links[:most], found.conflicting, found.empty)

    def _start(self, link: Link, ahead: tuple[str, ...]) -> None:
        room, key = self._room, _key(link)

        def run(stopped: Stopped) -> Judged:
            return judge(room, link.change, link.candidate, test=room.test.until(stopped))

        self._links[key], self._ahead[key] = link, ahead
        self._runs.start(key, run)

    def _record(self, link: Link, ahead: tuple[str, ...], judged: Judged) -> None:
        """Record what is known of a change now; it stays where it is, for a person to judge.

        Unless it is green now and waited for nothing else.
        """
        change = self._room.find(link.change.id)
        if change.head != link.change.head:
            return
        told = tested(link.candidate, judged)
        if ahead:
            planned = {"ahead": list(ahead), "base_tree": self._room.hub.tree(link.candidate.base)}
            self._room.say("pretested", change, {**told, **planned, "head": change.head})
            return
        waited = change.waits_for_base
        self._room.say("checked", change, {**kept(change), **told})
        if waited and told["green"]:
            now = self._room.find(change.id)
            self._room.say("queued" if now.keeps_approval else "waiting", now)

    def _tell_conflicts(self, chain: Chain) -> None:
        for link in chain.conflicting:
            if link.change.approval is None and link.change.check.get("base") != chain.base:
                told = {**kept(link.change), **untested(link.candidate)}
                self._room.say("checked", link.change, told)


def _key(link: Link) -> str:
    """Return what names a run: the tree, and whose it is; an approval changes neither."""
    return f"{link.candidate.tree} {link.change.id}"


def _is_told(link: Link, ahead: Sequence[str]) -> bool:
    """Tell whether the record has a verdict on *link* as it is merged here."""
    change, candidate = link.change, link.candidate
    if not ahead:
        return change.check.get("base") == candidate.base
    return change.plan.get("tree") == candidate.tree and change.plan.get("ahead") == list(ahead)
