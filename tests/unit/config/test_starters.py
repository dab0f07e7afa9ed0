import pytest

from darkfactory.config.loading import parse_settings
from darkfactory.config.problems import UnknownPreset
from darkfactory.config.starters import PRESETS, example_lanes


@pytest.mark.parametrize("preset", PRESETS)
def test_a_starter_is_valid_and_takes_every_item(preset: str) -> None:
    settings = parse_settings(example_lanes(preset, harness="make test"))

    assert settings.harness.command == "make test"
    assert [lane.default for lane in settings.lanes].count(True) == 1
    assert settings.lanes[-1].default
    assert set(settings.agents) == {"claude", "codex"}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_starter_lets_nothing_land_without_a_person(preset: str) -> None:
    lanes = parse_settings(example_lanes(preset, harness="make test")).lanes

    assert "land" not in {lane.autonomy for lane in lanes}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_lane_that_edits_gets_the_skills(preset: str) -> None:
    text = example_lanes(preset, harness="make test", skills=("commit", "run-tests"))

    for lane in parse_settings(text).lanes:
        expected = () if lane.autonomy == "observe" else ("commit", "run-tests")
        assert lane.skills == expected


@pytest.mark.parametrize("preset", PRESETS)
def test_a_starter_explains_itself_and_fits_a_terminal(preset: str) -> None:
    lines = example_lanes(preset, harness="make test").splitlines()

    assert sum("# " in line for line in lines) >= 6
    assert max(map(len, lines)) <= 100


def test_the_presets_differ() -> None:
    assert len({example_lanes(preset, harness="x") for preset in PRESETS}) == 3


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(UnknownPreset, match="'duo'") as caught:
        example_lanes("duo", harness="make test")

    assert "solo, maintainer, team" in caught.value.fix
    assert caught.value.exit_status == 2
