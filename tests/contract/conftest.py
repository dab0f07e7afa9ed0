"""Benches on which real session hosts run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.hosted import Bench, bench_in, make_template


@pytest.fixture(scope="session")
def hosted_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with its hub, made once: copies of it are quicker than new ones."""
    return make_template(tmp_path_factory.mktemp("hosted"))


@pytest.fixture
def bench(tmp_path: Path, hosted_template: Path) -> Iterator[Bench]:
    with bench_in(tmp_path, hosted_template) as made:
        yield made
