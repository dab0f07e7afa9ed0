"""Laws of lanes.yaml: nothing but a UsageError escapes, and schema and wire shape are one."""

import contextlib
import copy
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from darkfactory.config.amounts import amount, duration_seconds
from darkfactory.config.loading import load_settings, parse_settings
from darkfactory.config.presets import Preset
from darkfactory.config.problems import LanesInvalid
from darkfactory.config.schema import schema
from darkfactory.config.starters import example_lanes
from darkfactory.config.wire import LanesFile
from darkfactory.config.yamltree import parse, plain
from darkfactory.domain.settings import Settings

VALIDATOR = Draft202012Validator(schema())

FULL: dict[str, Any] = {
    "version": 1,
    "base": "main",
    "backlog": ["backlog.yaml"],
    "harness": {"command": "make", "quick": "true", "timeout": "5m", "env": {"CI": "1"}},
    "allow": {"write": ["~/x"], "read": "/opt", "connect": [443]},
    "limits": {"lanes": 8, "brain_space": 20, "tokens": "5M", "usd": 50},
    "protected": ["lanes.yaml"],
    "agents": {"one": {"kind": "acp", "command": ["x"], "args": ["-c", "-c"], "pass_env": ["K"]}},
    "workspace": {"kind": "clone", "keep": [".venv"]},
    "gate": {"runners": 2, "pretest": 2, "forge": "local"},
    "lanes": {
        "bugs": {
            "match": {"labels": ["bug"], "title": "x", "paths": ["a"], "priority": ["P0"]},
            "default": False,
            "agent": ["one"],
            "autonomy": "propose",
            "sessions": 2,
            "attempts": 2,
            "skills": ["commit"],
            "budget": {"tokens": "400k", "usd": 3, "minutes": 0.5, "turns": 60},
            "silence": "5m",
            "owns": ["src/**"],
            "harness": None,
            "waffle": {"warn": 0.5, "steer": 0.7, "nuke": 0.9, "off": ["talk"]},
            "taste": ["?"],
            "prompt": "x",
            "allow": {"connect": [1]},
        }
    },
}

TEXTS = ("", " ", "a", "A b", "a/b", "../x", "/x", "-x", "5m", "5", "0s", "400k", "1.5M", "é", "\n")
WORDS = ("P0", "loop", "land", "acp", "mock", "HOME")
NUMBERS = (0, 1, 2, -1, 1.0, 0.5, 1.5, 443, 70_000, 10**13, True, False, None)
VALUES = st.sampled_from((*TEXTS, *WORDS, *NUMBERS)) | st.sampled_from(
    [[], {}, ["a"], ["a", "a"], [1], [[]], {"a": 1}, {"kind": "acp"}]
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) below *value*."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(value, key) for key, _ in pairs]
    for container, key in list(found):
        if isinstance(container[key], dict | list):
            found += places(container[key])
    return found


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, Any]:
    """The full document with up to three of its places overwritten, removed or added to."""
    made = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(places(made)))
        value = copy.deepcopy(draw(VALUES))
        match draw(st.sampled_from(["set", "drop", "add"])):
            case "set":
                container[key] = value
            case "drop":
                container.pop(key)
            case _ if isinstance(container, dict):
                container[draw(st.sampled_from(["x", "1", "HOME", "prompt", "a b"]))] = value
            case _:
                container.append(value)
    return made


def shape_accepts(given_: dict[str, Any]) -> bool:
    try:
        file = LanesFile.model_validate(given_)
    except ValidationError:
        return False
    # The schema says it with if/then, the loader among the cross checks.
    return all(agent.kind != "acp" or agent.command for agent in file.agents.values())


@given(mutants())
def test_schema_and_wire_shape_accept_the_same_documents(document: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(document) == shape_accepts(document)


def outcome(text: str) -> Settings | LanesInvalid:
    try:
        return parse_settings(text)
    except LanesInvalid as error:
        return error


@given(mutants())
def test_a_document_loads_or_its_error_names_a_line_of_it(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)

    found = outcome(text)

    if isinstance(found, LanesInvalid):
        assert found.line is not None
        assert 1 <= found.line <= text.count("\n") + 1
        assert f"line {found.line}" in found.problem
        assert found.problem.isprintable()
        assert found.fix


PIECES = (
    *("a", "b: ", "- ", "\n", "  ", "{", "}", "[", "]", ", ", "&x ", "*x", "<<: ", "? ", "|\n"),
    *("'", '"', "\\U", "%YAML", "---\n", "...\n", "!!", "!", "#", "\t", "0", "lanes: ", "~", "@"),
    *("harness: {command: x}\n", "\ufeff", "\x00", "\x85", "\u2028", "\ud800", ">"),
)


@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_text_is_given_only_a_usage_error_escapes(text: str) -> None:
    found = outcome(text)

    if isinstance(found, LanesInvalid):
        assert found.problem.isprintable()
        assert found.fix.isprintable()


@given(st.binary(max_size=200))
def test_whatever_bytes_the_file_holds_only_a_usage_error_escapes(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lanes.yaml")
        path.write_bytes(raw)

        with contextlib.suppress(LanesInvalid):
            load_settings(path)


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
KEYS = st.text(CHARACTERS, min_size=1, max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(CHARACTERS, max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, PLAIN, max_size=5))
def test_what_a_yaml_writer_quotes_reads_back_the_same(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, default_style='"', allow_unicode=False)
    tree = parse(_untagged(text))
    assert tree

    assert plain(tree) == document


def _untagged(text: str) -> str:
    """Undo what the style does to values that are no text: ``!!int "3"``."""
    return re.sub(r'!!(?:int|null|bool) "([^"]*)"', r"\1", text)


@given(st.integers(1, 10_000), st.sampled_from("smh"))
def test_durations_grow_with_their_number(number: int, unit: str) -> None:
    if number < 168:
        assert 0 < duration_seconds(f"{number}{unit}") < duration_seconds(f"{number + 1}{unit}")


@given(st.integers(0, 999_999_999), st.integers(0, 999))
def test_amounts_are_exact(whole: int, thousandths: int) -> None:
    assert amount(f"{whole}.{thousandths:03d}k") == whole * 1000 + thousandths


@given(st.sampled_from(list(Preset)), st.text(CHARACTERS, min_size=1, max_size=40))
def test_a_starter_holds_any_harness_command_as_it_is(preset: Preset, command: str) -> None:
    assume(command.strip())

    assert parse_settings(example_lanes(preset, harness=command)).harness.command == command
