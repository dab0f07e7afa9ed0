"""What holds for all tests: signals as on a terminal, laws tried alike, slow ones first."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, settings

LONGEST_ID = 80

# What decides whether a change lands must say the same twice. To look for more:
# pytest tests/properties --hypothesis-profile=search --timeout=0
LAW = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("same", LAW, max_examples=50, derandomize=True)
settings.register_profile("search", LAW, max_examples=2000)
settings.load_profile("same")


def pytest_configure() -> None:
    """Let no program under test inherit that signals are ignored.

    That is how a shell starts background jobs and how nohup starts anything. What is handled here
    is ignored as before, but is back at its default in every program that is started.
    """
    for each in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, _ignored)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "SESSIONS_URL" not in os.environ:  # tests/session_conformance has us as its server
        ours = Path(__file__).parent / "fakes" / "sessions_driver.py"
        os.environ.setdefault("SESSIONS_DRIVER", str(ours))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Have three workers on two cores: one of them waits, for an agent or for the disk."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


def _ignored(_number: int, _frame: FrameType | None) -> None:
    pass


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Keep the collector away from what every worker collects: all of it lives to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with files that take long, or one worker is waited for at the end."""
    items.sort(key=lambda item: (not item.get_closest_marker("slow"), "unit" in item.path.parts))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name long values by how they begin: ids go to every worker and into the environment."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        return f"{val[:20]!a}...{len(val)}"
    return None
