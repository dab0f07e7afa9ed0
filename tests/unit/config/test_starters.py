import pytest

from darkfactory.config.loading import parse_settings
from darkfactory.config.presets import Preset
from darkfactory.config.starters import example_lanes
from darkfactory.skills.starter import starter_skills


@pytest.mark.parametrize("preset", Preset)
def test_a_starter_is_valid_and_takes_every_item(preset: Preset) -> None:
    settings = parse_settings(example_lanes(preset, harness="make test"))

    assert settings.harness.command == "make test"
    assert [lane.default for lane in settings.lanes].count(True) == 1
    assert settings.lanes[-1].default
    assert set(settings.agents) == {"claude", "codex"}


@pytest.mark.parametrize("preset", Preset)
def test_a_starter_lets_nothing_land_without_a_person(preset: Preset) -> None:
    lanes = parse_settings(example_lanes(preset, harness="make test")).lanes

    assert "land" not in {lane.autonomy for lane in lanes}


@pytest.mark.parametrize("preset", Preset)
def test_every_lane_has_few_skills_and_all_of_them_ship(preset: Preset) -> None:
    lanes = parse_settings(example_lanes(preset, harness="make test")).lanes

    assert {len(lane.skills) for lane in lanes} <= {1, 2, 3}
    assert {name for lane in lanes for name in lane.skills} <= set(starter_skills())


@pytest.mark.parametrize("preset", Preset)
def test_a_starter_explains_itself_and_fits_a_terminal(preset: Preset) -> None:
    lines = example_lanes(preset, harness="make test").splitlines()

    assert sum("# " in line for line in lines) >= 6
    assert max(map(len, lines)) <= 100


def test_the_presets_differ() -> None:
    assert len({example_lanes(preset, harness="x") for preset in Preset}) == 3


@pytest.mark.parametrize("name", ["main", "feat/x#1", "no", "1.0", "ä"])
def test_a_base_is_written_so_that_it_is_read_as_a_branch(name: str) -> None:
    text = example_lanes(Preset.SOLO, harness="x", base=name)

    assert parse_settings(text).base == name


def test_sources_are_those_that_are_there() -> None:
    text = example_lanes(Preset.TEAM, harness="x", backlog=("backlog.md", "backlog"))

    assert parse_settings(text).backlog == ("backlog.md", "backlog")


@pytest.mark.parametrize("preset", Preset)
def test_issues_of_a_forge_are_a_comment_with_the_command_that_fetches_them(preset: Preset) -> None:
    text = example_lanes(preset, harness="x", github="octo/repo")

    assert parse_settings(text) == parse_settings(example_lanes(preset, harness="x"))
    assert "# The issues of github:octo/repo can be a source" in text
    assert "gh issue list --repo octo/repo --limit 200 --json number,title" in text
