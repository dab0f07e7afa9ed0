"""A user's repository of two files, and its hub."""

from pathlib import Path

import pytest

from darkfactory.workspaces.hub import Hub
from tests.fakes.repositories import Repository, make_repository
from tests.unit.workspaces.hub.made import FILES, hub_of


@pytest.fixture
def user(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "user", FILES)


@pytest.fixture
def hub(user: Repository) -> Hub:
    return hub_of(user)
