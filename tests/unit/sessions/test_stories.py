from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from darkfactory.sessions.stories import Stories


def usage(total: int) -> Event:
    return Event("usage", {"scope": "request", "total_session": total})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Stream]:
    stream = Stream(tmp_path, "s/s-1")
    yield stream
    stream.close()


def test_a_story_goes_on_where_the_last_look_stopped(tmp_path: Path, log: Stream) -> None:
    stories = Stories(tmp_path)
    log.append([usage(1), usage(2)])
    stories.of("s-1")
    log.append([usage(3)])

    story = stories.of("s-1")

    assert (story.tokens, story.requests) == (3, 3)


def test_a_log_that_was_begun_anew_is_told_anew(tmp_path: Path, log: Stream) -> None:
    stories = Stories(tmp_path)
    log.append([usage(7), usage(9)])
    stories.of("s-1")
    Path(log.file).write_bytes(b"")
    log.close()

    log.append([usage(1)])

    assert (stories.of("s-1").tokens, stories.of("s-1").requests) == (1, 1)


def test_a_session_without_a_log_has_told_nothing(tmp_path: Path) -> None:
    assert Stories(tmp_path).of("s-none").last is None
