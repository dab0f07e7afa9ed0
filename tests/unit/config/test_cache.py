import json
from pathlib import Path

import pytest

from darkfactory.config.cache import cached_settings
from darkfactory.config.loading import load_settings
from darkfactory.config.problems import LanesInvalid, LanesMissing

RICH = """\
version: 1
base: trunk
backlog: [backlog.yaml, "github:owner/name"]
harness: {command: pytest -q, quick: ruff check, timeout: 90s, env: {CI: "1"}, network: false}
allow: {write: ["~/.cache/pip"], read: [/opt], connect: [443, 8443]}
limits: {lanes: 3, brain_space: 0, tokens: 5M, usd: 12.5}
protected: ["ci/**"]
agents:
  mock: {kind: mock, script: mock.yaml, env: {A: "1"}, pass_env: [TOKEN], args: ["-v"]}
  gemini: {kind: acp, command: [gemini, --acp], model: pro}
workspace: {kind: worktree, keep: [.venv]}
gate: {runners: 1, pretest: 0, forge: github}
lanes:
  bugs:
    match: {labels: [bug], title: crash, paths: ["src/**"], priority: [P0]}
    agent: [mock, gemini]
    autonomy: land
    sessions: 2
    attempts: 1
    skills: [commit]
    holdout: 0.1
    budget: {tokens: 400k, usd: 3, minutes: 0.5, turns: 60}
    silence: 5m
    owns: ["src/**"]
    harness: make check
    waffle: {warn: 0.4, steer: 0.6, nuke: 0.8, off: [talk]}
    taste: ["Is it small?"]
    prompt: Be brief.
    allow: {connect: [80]}
    loop: {every: 3, command: make size, better: higher, patience: 4, turns: 9, prompt: On.}
  rest: {default: true, autonomy: observe}
"""
PLAIN = "version: 1\nharness: {command: make test}\nlanes:\n  all: {default: true}\n"


@pytest.fixture
def lanes(tmp_path: Path) -> Path:
    path = tmp_path / "lanes.yaml"
    path.write_text(RICH)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.mark.parametrize("text", [RICH, PLAIN])
def test_the_cache_gives_the_very_settings_that_lanes_yaml_does(
    lanes: Path, cache: Path, text: str
) -> None:
    lanes.write_text(text)

    first = cached_settings(lanes, cache)
    kept = cache.read_text()
    again = cached_settings(lanes, cache)

    assert first == again == load_settings(lanes)
    assert cache.read_text() == kept


def test_the_second_reading_is_from_the_cache_and_leaves_it_as_it_is(
    lanes: Path, cache: Path
) -> None:
    cached_settings(lanes, cache)
    before = cache.stat().st_mtime_ns

    cached_settings(lanes, cache)

    assert cache.stat().st_mtime_ns == before


def test_an_edited_lanes_yaml_is_read_again(lanes: Path, cache: Path) -> None:
    cached_settings(lanes, cache)
    lanes.write_text(RICH.replace("base: trunk", "base: other"))

    assert cached_settings(lanes, cache).base == "other"
    assert cached_settings(lanes, cache).base == "other"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _text: "",
        lambda _text: "[]",
        lambda _text: '{"seal": null, "settings": null}',
        lambda text: text.replace("make check", "make evil"),
        lambda text: text.replace('"seal"', '"other"'),
        lambda _text: "\udcff\udcfe",
    ],
)
def test_a_damaged_or_edited_cache_is_passed_over_and_made_anew(
    lanes: Path, cache: Path, damage: object
) -> None:
    cached_settings(lanes, cache)
    kept = cache.read_text()
    assert callable(damage)
    cache.write_bytes(damage(kept).encode("utf-8", "surrogateescape"))

    found = cached_settings(lanes, cache)

    assert found == load_settings(lanes)
    assert cache.read_text() == kept


def test_a_cache_of_another_place_does_not_count(lanes: Path, cache: Path, tmp_path: Path) -> None:
    cached_settings(lanes, cache)
    brought = cache.read_text()
    copy = tmp_path / "clone.yaml"
    copy.write_text(RICH)

    cached_settings(copy, cache)

    assert json.loads(cache.read_text())["seal"] != json.loads(brought)["seal"]


def test_no_folder_is_made_for_the_cache(lanes: Path, tmp_path: Path) -> None:
    cache = tmp_path / "state" / "settings.json"

    found = cached_settings(lanes, cache)

    assert found == load_settings(lanes)
    assert not cache.parent.exists()


def test_where_nothing_can_be_kept_the_settings_are_there_all_the_same(lanes: Path) -> None:
    assert cached_settings(lanes, lanes / "settings.json") == load_settings(lanes)


def test_a_folder_in_the_place_of_the_cache_is_left_alone(lanes: Path, cache: Path) -> None:
    cache.mkdir()

    assert cached_settings(lanes, cache) == load_settings(lanes)
    assert list(cache.iterdir()) == []


def test_a_lanes_yaml_that_broke_or_went_is_not_answered_from_the_cache(
    lanes: Path, cache: Path
) -> None:
    cached_settings(lanes, cache)

    lanes.write_text("lanes: [")
    with pytest.raises(LanesInvalid):
        cached_settings(lanes, cache)
    lanes.unlink()
    with pytest.raises(LanesMissing):
        cached_settings(lanes, cache)
