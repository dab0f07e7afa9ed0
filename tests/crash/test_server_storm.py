"""The server under writers that lose patience, readers that lose their connection, and kill -9."""

from pathlib import Path

from scripts.benchmarks.kills import killed
from scripts.benchmarks.servers import make_factory, ours
from scripts.benchmarks.storm import storm
from scripts.benchmarks.wire import make_stream


def test_writers_that_try_again_and_readers_that_drop_end_up_with_the_same_events(
    tmp_path: Path,
) -> None:
    with ours(make_factory(tmp_path / "factory")) as peer:
        make_stream(peer, "s/storm")
        left = storm(peer, "s/storm", writers=8, readers=8, each=25)

    assert left.identical == 8
    assert left.drops > 0


def test_kill_9_under_twenty_writers_loses_no_acknowledged_event(tmp_path: Path) -> None:
    left = killed(make_factory(tmp_path / "factory"), "s/killed", writers=20, after=200)

    assert left.acknowledged >= 200
    assert (left.lost, left.doubled) == (0, 0)
