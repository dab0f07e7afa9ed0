"""The laboratory of sessions that nobody's lanes see."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.state_folder import state_of
from tests.fakes.gates import SETTINGS


def test_several_sessions_may_begin_at_once_with_the_same(tmp_path: Path) -> None:
    lab = Lab(state_of(tmp_path), SETTINGS)
    assert lab.hub.path.exists()

    with ThreadPoolExecutor(8) as threads:
        begun = set(threads.map(lambda _: lab.begin_empty(), range(8)))

    (commit,) = begun
    assert lab.hub.ref(f"refs/df/fixture/{commit}") == commit
