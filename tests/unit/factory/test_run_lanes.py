"""What a run feeds to its engine, and what it holds back, from the record alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.item import Item, Plan, PlannedItem
from darkfactory.domain.lane import Budget, Lane, Match
from darkfactory.domain.session import RUN_STOPPED
from darkfactory.domain.settings import Limits
from darkfactory.engine.protocol import Job
from darkfactory.factory.run_lanes import LanesRun, RunOptions
from darkfactory.factory.summary import summarise
from tests.fakes.gates import SETTINGS
from tests.fakes.told import ToldFactory

REPAIR = Lane("repair", Match(labels=("ci",)), agents=("mock",))
BUGS = Lane("bugs", agents=("mock",), sessions=4, budget=Budget(tokens=400))


class StillEngine:
    """Remembers what it was given and runs nothing."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.live: set[str] = set()

    def start(self, work: object, cap: int) -> None: ...

    def enqueue(self, job: Job) -> bool:
        self.jobs.append(job)
        self.live.add(job.id)
        return True

    def active(self) -> frozenset[str]:
        return frozenset(self.live)

    def generation(self, key: str) -> int:
        return max((job.generation for job in self.jobs if job.key == key), default=0)

    def cancel(self, job_ids: frozenset[str]) -> None: ...

    def stop(self) -> None: ...


class Bench:
    """A run over a told factory whose engine stands still."""

    def __init__(self, folder: Path) -> None:
        limits = Limits(lanes=8, brain_space=2, tokens=1000)
        settings = replace(SETTINGS, lanes=(REPAIR, BUGS), limits=limits)
        self.told = ToldFactory(folder, settings)
        self.engine = StillEngine()
        self.told.tell("run.started", run="r-1")

    def run(
        self,
        *items: PlannedItem,
        options: RunOptions | None = None,
        base_green: bool = True,
        stops: int | None = None,
    ) -> LanesRun:
        made = LanesRun(
            self.told.line,
            Plan("snapshot", items),
            self.engine,
            options or RunOptions(),
            base_green=base_green,
            on_event=lambda _: None,
            stops=stops,
        )
        made._begin()
        return made

    def fed(self, run: LanesRun) -> list[str]:
        """Let the run feed once, and return what it fed."""
        before = len(self.engine.jobs)
        run._feed_all()
        return [job.key for job in self.engine.jobs[before:]]

    @property
    def paused(self) -> list[str]:
        events = (event for _, event in self.told.line.record.stream.read())
        return [str(e.data["reason"]) for e in events if e.type == "run.paused"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def row(item: str, rank: int, *blocked_by: str, lane: str = "bugs", twin: str = "") -> PlannedItem:
    return PlannedItem(Item(item, item, blocked_by=blocked_by), lane, rank, (), twin or None)


ROWS = (row("a", 1), row("b", 2), row("c", 3, "a"), row("d", 4, twin="a"))


def test_what_waits_for_nothing_is_fed_in_rank_order_and_only_once(bench: Bench) -> None:
    run = bench.run(*ROWS)

    assert [bench.fed(run), bench.fed(run)] == [["a", "b"], []]


def test_a_lane_takes_no_more_items_than_it_may_have_sessions(bench: Bench) -> None:
    run = bench.run(
        *(row(f"i{number}", number) for number in range(1, 7)), row("r", 7, lane="repair")
    )
    first = bench.fed(run)

    bench.engine.live.discard("item:i2:g1")
    bench.told.end(bench.told.start("i2"), "failed")

    assert first == ["i1", "i2", "i3", "i4", "r"]
    assert bench.fed(run) == ["i5"]


def test_what_runs_is_taken_up_whatever_its_lane_may_have_and_nothing_beside_it(
    bench: Bench,
) -> None:
    rows = [row(f"r{number}", number, lane="repair") for number in (1, 2, 3)]
    for item in ("r2", "r3"):
        bench.told.start(item)

    assert bench.fed(bench.run(*rows)) == ["r2", "r3"]


def test_what_was_blocked_is_fed_when_its_blocker_is_done_with(bench: Bench) -> None:
    run = bench.run(*ROWS)
    bench.fed(run)
    bench.told.wait("a", bench.told.start("a"))
    bench.told.tell("change.closed", change="c-a", item="a", reason="not-planned")

    assert bench.fed(run) == ["c"]


@pytest.mark.parametrize(
    ("options", "items"),
    [
        (RunOptions(item="b"), ["b"]),
        (RunOptions(lane="repair"), ["r"]),
        (RunOptions(item="c"), []),
        (RunOptions(item="d"), []),
    ],
)
def test_only_what_was_asked_for_is_fed(
    bench: Bench, options: RunOptions, items: list[str]
) -> None:
    run = bench.run(*ROWS, row("r", 5, lane="repair"), options=options)

    assert bench.fed(run) == items


def test_an_item_that_comes_back_is_a_new_generation(bench: Bench) -> None:
    run = bench.run(row("a", 1))
    bench.fed(run)
    bench.engine.live.clear()
    bench.told.end(bench.told.start("a"), "nuked")

    bench.fed(run)

    assert [job.id for job in bench.engine.jobs] == ["item:a:g1", "item:a:g2"]


def test_an_item_that_was_nuked_twice_is_fed_once_somebody_assigns_it(bench: Bench) -> None:
    run = bench.run(row("a", 1))
    for number in (1, 2):
        bench.told.end(bench.told.start("a", number), "nuked")

    fed = [bench.fed(run)]
    bench.told.tell("item.assigned", item="a", lane="bugs", by="ada")
    fed.append(bench.fed(run))

    assert fed == [[], ["a"]]


def busy_heads(bench: Bench) -> None:
    for item in ("x", "y"):
        bench.told.end(bench.told.start(item), "proposed", head="h")
        bench.told.wait(item, f"s-{item}-1")


def test_full_heads_hold_new_work_back_and_say_so_once(bench: Bench) -> None:
    busy_heads(bench)
    run = bench.run(*ROWS)

    fed = [bench.fed(run), bench.fed(run)]

    assert fed == [[], []]
    assert len(bench.paused) == 1
    assert "brain_space is 2" in bench.paused[0]


def test_full_heads_hold_nothing_back_that_has_begun(bench: Bench) -> None:
    busy_heads(bench)
    told = bench.told
    told.start("live")
    told.end(told.start("left"), "proposed", head="h")
    told.end(told.start("cut"), "crashed")
    told.end(told.start("sent"), "proposed", head="h")
    told.wait("sent", "s-sent-1")
    told.tell("change.rework", change="c-sent", item="sent", by="ada")
    names = ("fresh", "live", "left", "cut", "sent")

    run = bench.run(*(row(name, rank) for rank, name in enumerate(names, 1)))

    assert bench.fed(run) == ["live", "left", "cut", "sent"]


def test_new_work_starts_again_after_a_verdict(bench: Bench) -> None:
    busy_heads(bench)
    run = bench.run(*ROWS)
    bench.fed(run)
    bench.told.tell("change.closed", change="c-x", item="x", reason="duplicate")

    assert bench.fed(run) == ["a", "b"]


def test_a_red_base_holds_back_what_cannot_mend_it_but_nothing_that_has_begun(
    bench: Bench,
) -> None:
    bench.told.start("live")
    rows = (row("a", 1), row("fix", 2, lane="repair"), row("live", 3))

    run = bench.run(*rows, base_green=False)

    assert bench.fed(run) == ["fix", "live"]
    assert "the base is red: 2 items wait until fix has landed" in bench.paused[0]


def test_a_red_base_that_nothing_mends_holds_nothing_back(bench: Bench) -> None:
    assert bench.fed(bench.run(*ROWS, base_green=False)) == ["a", "b"]


def test_force_starts_everything_on_a_red_base(bench: Bench) -> None:
    rows = (row("a", 1), row("fix", 2, lane="repair"))

    run = bench.run(*rows, options=RunOptions(force=True), base_green=False)

    assert bench.fed(run) == ["a", "fix"]


def test_the_rest_starts_once_what_mends_the_base_has_landed(bench: Bench) -> None:
    rows = (row("a", 1), row("fix", 2, lane="repair"))
    run = bench.run(*rows, base_green=False)
    bench.fed(run)
    bench.told.wait("fix", bench.told.start("fix"))
    bench.told.tell("change.approved", change="c-fix", item="fix", head="h", by="ada")
    for verb in ("queued", "testing", "landing", "landed"):
        bench.told.tell(f"change.{verb}", change="c-fix", item="fix", head="h")

    assert bench.fed(run) == ["a"]


def test_a_used_up_budget_starts_nothing_and_takes_in_everything(bench: Bench) -> None:
    told = bench.told
    told.end(told.start("spender"), "proposed", head="h", tokens=1000)
    told.start("live")
    told.end(told.start("cut"), "crashed")
    rows = (row("fresh", 1), row("live", 2), row("cut", 3), row("spender", 4))

    run = bench.run(*rows)

    assert bench.fed(run) == ["live", "spender"]
    assert bench.paused == [
        "the run's 1000 tokens are used or reserved; the next `df run` has as many again"
    ]


def test_a_run_that_is_told_to_stop_starts_nothing_more(bench: Bench) -> None:
    run = bench.run(*ROWS)
    bench.told.tell("run.paused", reason="stopped by ada", stop=True)

    assert bench.fed(run) == []


def test_a_stop_of_an_earlier_run_does_not_stop_this_one(bench: Bench) -> None:
    bench.told.tell("run.paused", reason="stopped by ada", stop=True)

    assert bench.fed(bench.run(*ROWS)) == ["a", "b"]


def stopped_with_its_run(bench: Bench, item: str) -> None:
    """Tell that nobody ran when *item* was stopped: the run is not finished."""
    session = bench.told.start(item)
    bench.told.tell("run.paused", reason="stopped by ada", stop=True)
    bench.told.end(session, "cancelled", reason=f"cancelled by ada: {RUN_STOPPED}")


def test_what_was_stopped_with_a_run_that_had_been_left_starts_with_the_next(bench: Bench) -> None:
    stopped_with_its_run(bench, "a")

    run = bench.run(row("a", 1), row("b", 2))

    assert bench.fed(run) == ["a", "b"]
    assert bench.told.line.record.run is not None
    assert bench.told.line.record.run.id != "r-1"


def test_what_ends_only_when_the_next_run_has_begun_starts_again_with_that_one(
    bench: Bench,
) -> None:
    session = bench.told.start("a")
    bench.told.tell("run.paused", reason="stopped by ada", stop=True)
    run = bench.run(row("a", 1))
    bench.told.end(session, "cancelled", reason=f"cancelled by ada: {RUN_STOPPED}")

    assert bench.fed(run) == ["a"]


def test_a_stop_between_the_lock_and_the_first_look_ends_the_run(bench: Bench) -> None:
    stopped_with_its_run(bench, "a")

    run = bench.run(row("a", 1), stops=0)

    assert bench.fed(run) == []
    assert summarise(bench.told.line).cancelled == 1


def test_a_run_that_is_stopped_does_not_start_again_what_was_stopped_with_it(bench: Bench) -> None:
    run = bench.run(row("a", 1))
    stopped_with_its_run(bench, "a")

    assert bench.fed(run) == []


def test_a_plan_that_is_made_anew_meanwhile_is_worked_on(bench: Bench) -> None:
    run = bench.run(row("a", 1))
    bench.fed(run)
    bench.told.plan("a", "late")
    run._relay()

    assert bench.fed(run) == ["late"]


def test_a_run_is_summed_up_by_what_became_of_each_item(bench: Bench) -> None:
    told = bench.told
    for item in ("waits", "lands", "red", "asked"):
        told.end(told.start(item), "proposed", head="h", tokens=10, cost_usd=0.5)
        told.wait(item, f"s-{item}-1")
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-lands", item="lands", head="h")
    told.tell("change.abandoned", change="c-red", item="red")
    told.start("asked")
    told.end("s-asked-1", "failed", tokens=15)
    told.end(told.start("again"), "nuked")
    told.end(told.start("again", 2), "proposed", head="h")
    told.end(told.start("gone"), "nuked")
    told.end(told.start("nothing"), "failed")
    told.end(told.start("report"), "reported")
    told.end(told.start("ended"), "cancelled")

    summary = summarise(told.line)

    assert (summary.sessions, summary.proposed, summary.landed) == (10, 3, 1)
    assert (summary.failed, summary.nuked) == (2, 2)
    assert (summary.reported, summary.cancelled) == (1, 1)
    assert (summary.tokens, summary.cost_usd, summary.good) == (45, 2.0, False)


@pytest.mark.parametrize(
    ("outcome", "good"), [("reported", True), ("cancelled", False), ("nuked", False)]
)
def test_a_run_is_good_when_each_item_came_to_something(
    bench: Bench, outcome: str, good: bool
) -> None:
    bench.told.end(bench.told.start("a"), outcome)

    assert summarise(bench.told.line).good is good
