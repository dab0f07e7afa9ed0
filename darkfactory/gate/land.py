"""Land approved changes so that the base is never red: test prefixes of the queue, land green ones.

What lands is the commit that was tested, and those that it is made of. All of it is computed anew
from the record, the refs and the known results at each look, so a killed gate leaves nothing
behind but runs to repeat (docs/architecture.md, Landing).
"""

from collections.abc import Sequence
from contextlib import closing

from darkfactory.domain.change import ChangeState, HarnessVerdict
from darkfactory.domain.counting import listed
from darkfactory.gate.chain import Chain, Chains, Link
from darkfactory.gate.evidence import Evidence, Told, is_tested_alone
from darkfactory.gate.guard import Guard
from darkfactory.gate.judging import MOST_FAILING, Judged, kept, tested
from darkfactory.gate.landing import Landings, bounce, land, recover, refuse_when_frozen
from darkfactory.gate.queue import (
    Moves,
    Queue,
    batch_limit,
    decide,
    failure_rate,
    is_worth_a_retry,
)
from darkfactory.gate.record import ON_THE_WAY, Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.runs import Runs

_LOOK_SECONDS = 0.2
_AGAIN = "it was red once; it is tested again"
_MAY_BE_FLAKY = (HarnessVerdict.FAIL, HarnessVerdict.TIMEOUT)


def land_all(room: GateRoom) -> Landings:
    """Work the queue until it is empty; call it with the gate's lock held.

    At most ``gate.runners`` prefixes are tested at once. A verdict that comes meanwhile is obeyed.

    Raises:
        GateFrozen: If an audit has failed, now or earlier.
        HarnessNotConfinable: If the harness may not run here.
    """
    done = Landings()
    recover(room, done)
    with closing(_Work(room, done)) as work:
        while work.goes_on():
            pass
    return done


def approved_in_order(room: GateRoom) -> list[Change]:
    """Return the approved changes that may land now, the one approved first at the front."""
    waiting = (change for change in room.refresh() if change.state in ON_THE_WAY)
    return sorted((one for one in waiting if not is_held(room, one)), key=_approved_at)


def is_held(room: GateRoom, change: Change) -> bool:
    """Tell whether *change* does not land for now: the base turned red, and it does not mend it."""
    hold = room.changes.hold
    return hold is not None and not hold.mends(change.item)


def _approved_at(change: Change) -> tuple[float, str]:
    return (change.approval.at if change.approval else change.since, change.id)


class _Work:
    """One process at the queue: what it runs, and what it does about the answers."""

    def __init__(self, room: GateRoom, done: Landings) -> None:
        self._room = room
        self._done = done
        self._runners = max(1, room.settings.gate.runners)
        self._runs: Runs[Told] = Runs(self._runners)
        self._chains = Chains(room)
        self._guard = Guard(room)
        self._evidence = Evidence(room)
        self._testing: dict[str, str] = {}
        self._asked_anew: set[tuple[str, str]] = set()
        self._aside: dict[str, tuple[Link, Judged]] = {}

    def close(self) -> None:
        """End all runs."""
        self._runs.close()

    def goes_on(self) -> bool:
        """Look once and do what follows; tell whether anything is left to wait for or to do."""
        refuse_when_frozen(self._room)
        for key, told in self._runs.take().items():
            if key in self._aside:
                self._hear_again(key, told)
            else:
                self._evidence.hear(key, told)
        self._guard.look()  # behind the answers: one of them may be that the base is red
        aside = {link.change.id for link, _ in self._aside.values()}
        waiting = approved_in_order(self._room)
        batch = batch_limit(failure_rate(self._room.changes.failed), self._runners)
        chain = self._chains.build(
            (change for change in waiting if change.id not in aside),
            longest=2 * self._runners * batch,
        )
        if self._leave(chain) or self._do(chain, decide(self._queue(chain, batch))):
            return True
        if self._runs.going:
            self._runs.wait(_LOOK_SECONDS)
        return bool(self._runs.going or chain.links)

    def _leave(self, chain: Chain) -> bool:
        """Take from the queue what cannot land whatever is tested; tell whether there was any."""
        for change in chain.empty:
            self._room.say("superseded", change, {"reason": "the base already holds all of it"})
        for link in chain.conflicting:
            detail = {"files": list(link.candidate.conflicts), "base": chain.base}
            bounce(self._room, link.change, self._done, "textual", detail)
        return bool(chain.empty or chain.conflicting)

    def _queue(self, chain: Chain, batch: int) -> Queue:
        places = {commit: place for place, commit in enumerate(chain.commits, start=1)}
        for key in [key for key in self._runs.going if key not in places | self._aside]:
            self._runs.stop(key)
        verdicts = self._evidence.verdicts(chain)
        runners = max(0, self._runners - len(self._aside))
        if self._evidence.base_is_red(chain):
            verdicts = {place: verdict for place, verdict in verdicts.items() if place == 1}
            runners, batch = min(1, runners), 1
        return Queue(
            approved=len(chain.links),
            alone=[
                place for place, link in enumerate(chain.links, 1) if is_tested_alone(link.change)
            ],
            verdicts=verdicts,
            running=[places[key] for key in self._runs.going if key in places],
            runners=runners,
            batch=batch,
        )

    def _do(self, chain: Chain, moves: Moves) -> bool:
        """Do *moves*; tell whether the queue is another one now."""
        if moves.land:
            self._land(chain.links[: moves.land])
        elif moves.refuse:
            self._refuse(chain.links[: moves.refuse])
        for place in moves.stop:
            self._runs.stop(chain.commits[place - 1])
        for place in moves.start:
            self._start(chain.links[:place])
        return bool(moves.land or moves.refuse)

    def _start(self, links: Sequence[Link]) -> None:
        """Test the prefix *links* in the background; one taken back just now is seen next time."""
        if self._say_testing(links):
            test, evidence = self._room.test, self._evidence
            commit = links[-1].candidate.commit
            self._runs.start(commit, lambda stopped: evidence.run(test.until(stopped), links))

    def _say_testing(self, links: Sequence[Link]) -> bool:
        """Record of *links* that they are tested as they are merged; tell if all still are."""
        for link in links:
            change, found = link.change, link.candidate
            known = self._testing.get(change.id) == found.commit
            if known and change.state is ChangeState.TESTING:
                continue
            facts = {"candidate": found.commit, "tree": found.tree, "head": change.head}
            if not self._room.say("testing", change, {**facts, "base": found.base}):
                return False
            self._testing[change.id] = found.commit
        return True

    def _land(self, links: Sequence[Link]) -> None:
        told = self._evidence.of(links)
        why = told.judged.verdict.why if told and told.judged else _why(links)
        if self._say_testing(links):
            land(self._room, links, self._done, why=why)

    def _refuse(self, links: Sequence[Link]) -> None:
        """Say no to the first change of the queue, or test it once more."""
        told = self._evidence.of(links)
        if told is None or told.judged is None:
            raise LookupError(links[-1].change.id)  # nobody is refused without a word of its own
        judged, link = told.judged, links[-1]
        if judged.verdict.waits or judged.verdict.green:
            self._put_back(link, judged)
        elif self._is_worth_a_retry(link, judged):
            self._test_again(link, judged)
        elif not self._is_base_to_blame(link, judged):
            self._bounce(link, judged)

    def _is_base_to_blame(self, link: Link, judged: Judged) -> bool:
        """Tell whether the base fails now as *link* does, although it was green.

        It is asked anew once where another change has bounced from it for the same.
        """
        room, base, failing = self._room, link.candidate.base, set(judged.result.failing)
        lane = room.lane(link.change)
        alike = any(
            other.state is ChangeState.BOUNCED
            and other.reason == "harness"
            and other.detail.get("base") == base
            and not failing.isdisjoint(other.detail.get("failing") or ())
            for other in room.changes
        )
        asked = (base, (lane and lane.harness) or "")
        if not alike or asked in self._asked_anew:
            return False
        self._asked_anew.add(asked)
        room.note(f"two changes fail alike: testing {room.hub.base} itself once more")
        return not room.test.until(lambda: False, again=True)(base, lane).green

    def _is_worth_a_retry(self, link: Link, judged: Judged) -> bool:
        changes, failing = self._room.changes, frozenset(judged.result.failing)
        return judged.result.result in _MAY_BE_FLAKY and is_worth_a_retry(
            retries=changes.flaky.retests,
            flakes=changes.flaky.green,
            tried=link.change.retests,
            seen_twice=self._evidence.failed_elsewhere(link, failing),
            known_flaky=changes.flaky.knows(failing),
        )

    def _test_again(self, link: Link, judged: Judged) -> None:
        """Test *link* once more, apart from the queue, which goes on without it."""
        test, evidence = self._room.test, self._evidence
        if self._room.say("queued", link.change, {"reason": _AGAIN, "failing": _failing(judged)}):
            key = f"{_AGAIN}: {link.candidate.commit}"
            self._aside[key] = (link, judged)
            self._runs.start(
                key, lambda stopped: evidence.run_harness(test.until(stopped, again=True), [link])
            )

    def _hear_again(self, key: str, told: Told) -> None:
        """Take what the second run of a change has said."""
        link, judged = self._aside.pop(key)
        failing = _failing(judged)
        facts = {"tree": link.candidate.tree, "failing": failing}
        self._room.say(
            "retested", link.change, {**facts, "result": "pass" if told.green else "fail"}
        )
        if told.green:
            self._evidence.hear(link.candidate.commit, told)
            names = listed(failing) if failing else "its harness"
            note = f"{link.change.id} was red, then green on the same tree: {names} is flaky"
            self._done.notes.append(note)
        else:
            self._bounce(link, judged)

    def _bounce(self, link: Link, judged: Judged) -> None:
        found = {"tree": link.candidate.tree, "base": link.candidate.base}
        detail = {"failing": _failing(judged), "why": judged.verdict.why, **found}
        bounce(self._room, link.change, self._done, "harness", detail)

    def _put_back(self, link: Link, judged: Judged) -> None:
        """Let a change wait again: for a base that tells, or for a person to judge it."""
        room, change = self._room, link.change
        told = {**kept(change), **tested(link.candidate, judged)}
        if judged.verdict.waits:  # proposed anew it is as before its check, its approval kept
            room.record("change.proposed", change.facts, session=change.session)
        else:
            room.say("waiting", change, {"reason": judged.doubt})
        room.say("checked", change, told)
        self._done.notes.append(f"{change.id} has not landed: {judged.doubt or judged.verdict.why}")


def _failing(judged: Judged) -> list[str]:
    return list(judged.result.failing)[:MOST_FAILING]


def _why(links: Sequence[Link]) -> str:
    others = listed([link.change.id for link in links[:-1]])
    return "the harness passes on the merged result" + (f" with {others}" if others else "")
