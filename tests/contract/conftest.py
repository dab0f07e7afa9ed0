"""Benches on which real session hosts run."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.sessions.start import ForkServer, StartHost, start_host
from tests.fakes.hosted import Bench, bench_in, make_template


@pytest.fixture(scope="session")
def hosted_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with its hub, made once: copies of it are quicker than new ones."""
    return make_template(tmp_path_factory.mktemp("hosted"))


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    with contextlib.closing(ForkServer()) as server:
        yield server


@pytest.fixture(scope="module")
def start(request: pytest.FixtureRequest, fork_server: ForkServer) -> StartHost:
    """How hosts are started: forked, as on Linux, where a test does not ask for both ways."""
    return start_host if getattr(request, "param", "") == "direct" else fork_server.start


@pytest.fixture
def bench(tmp_path: Path, hosted_template: Path, start: StartHost) -> Iterator[Bench]:
    with bench_in(tmp_path, hosted_template, start) as made:
        yield made
