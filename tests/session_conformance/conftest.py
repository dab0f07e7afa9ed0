"""The server under test: by its address, or by a driver."""

import importlib.util
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from .client import Client
from .driver import Driver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "SESSIONS_URL" in os.environ or "SESSIONS_DRIVER" in os.environ:
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="no SESSIONS_URL and no SESSIONS_DRIVER"))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Iterator[None]:
    """Skip what the driver cannot do."""
    try:
        return (yield)
    except NotImplementedError as error:
        pytest.skip(f"the driver cannot {error}")


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    with _driver() as made:
        yield made


def _driver() -> AbstractContextManager[Driver]:
    place = os.environ.get("SESSIONS_DRIVER")
    if place is None:
        return nullcontext(Driver(os.environ["SESSIONS_URL"], os.environ["SESSIONS_TOKEN"]))
    spec = importlib.util.spec_from_file_location("sessions_driver", place)
    if spec is None or spec.loader is None:
        raise pytest.UsageError(f"SESSIONS_DRIVER is no Python file: {place}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: AbstractContextManager[Driver] = module.make_driver()
    return made


@pytest.fixture
def client(driver: Driver) -> Client:
    return Client(driver.url, driver.token)


@pytest.fixture
def second(driver: Driver) -> Client:
    """Another device of the same person."""
    return Client(driver.url, driver.token)


@pytest.fixture
def fresh() -> Callable[[], str]:
    """Return names of sessions that nobody has used."""
    return lambda: f"sc-{uuid.uuid4().hex[:12]}"
