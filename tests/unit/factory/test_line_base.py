"""Where changes land when lanes.yaml does not say."""

from pathlib import Path

from darkfactory.factory.line import open_line
from tests.fakes.repositories import Repository, make_repository

LANES = "harness: {command: 'true'}\nagents: {mock: {kind: mock}}\nlanes: {all: {default: true}}\n"


def begun(tmp_path: Path) -> Repository:
    repository = make_repository(tmp_path / "repository", {"lanes.yaml": LANES})
    open_line(repository.path).begin()
    repository.git("checkout", "--quiet", "-b", "elsewhere")
    return repository


def test_the_base_stays_when_another_branch_is_looked_at(tmp_path: Path) -> None:
    repository = begun(tmp_path)

    assert open_line(repository.path).hub.base == "main"


def test_a_base_that_was_deleted_gives_way_to_the_checked_out_branch(tmp_path: Path) -> None:
    repository = begun(tmp_path)
    repository.git("branch", "--quiet", "-D", "main")

    assert open_line(repository.path).hub.base == "elsewhere"


def test_lanes_yaml_overrules_what_was_remembered(tmp_path: Path) -> None:
    repository = begun(tmp_path)
    (repository.path / "lanes.yaml").write_text("base: elsewhere\n" + LANES)

    assert open_line(repository.path).hub.base == "elsewhere"
