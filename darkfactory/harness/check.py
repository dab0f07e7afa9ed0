"""Check one tree, unless its result is known already."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from darkfactory.clock import Clock
from darkfactory.domain.change import HarnessResult
from darkfactory.domain.settings import HarnessSettings
from darkfactory.harness.cache import CacheKey, HarnessCache
from darkfactory.harness.environment import check_environment, environment_id, harness_id
from darkfactory.harness.run import Stopped, run_check
from darkfactory.harness.verdict import result_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: the checked-out tree, its private home and temporary folder."""

    folder: str
    home: str
    temp: str


OpenPlace = Callable[[], AbstractContextManager[Place]]
Fence = Callable[[Sequence[str], Place], Sequence[str]]


def key_of(
    tree: str, command: str, settings: HarnessSettings, place: Place, extra: Iterable[str] = ()
) -> CacheKey:
    """Return what decides the result of *command* on *tree*, here and now.

    Args:
        extra: Further facts, such as the state of dependency folders that outlive a tree.
    """
    environment = check_environment(os.environ, settings, home=place.home, temp=place.temp, run="")
    return CacheKey(tree, harness_id(command, settings), environment_id(environment, extra))


def check_tree(
    key: CacheKey,
    command: str,
    *,
    place: OpenPlace,
    settings: HarnessSettings,
    fence: Fence,
    cache: HarnessCache,
    clock: Clock,
    stopped: Stopped,
    again: bool = False,
) -> tuple[HarnessResult, bool]:
    """Return the result of *command* on the tree of *key*, and whether it was known before.

    The same key is run by one process at a time.

    Args:
        place: Opened only if the command is run.
        stopped: Asked again and again; once it says yes the run is killed.
        again: Run it whatever is known; the newer result is kept.

    Raises:
        RunStopped: If *stopped* said yes.
        DiskFull: If output or result cannot be stored.
    """

    def run(output_file: str) -> HarnessResult:
        with place() as here:
            raw = run_check(
                command,
                here.folder,
                settings=settings,
                wrap=lambda argv: fence(argv, here),
                home=here.home,
                temp=here.temp,
                output_file=output_file,
                clock=clock,
                stopped=stopped,
            )
        return result_of(key.tree, raw)

    return cache.once(key, run, stopped=stopped, again=again)
