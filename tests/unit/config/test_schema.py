"""The schema and the loader agree on every document, but for the checks listed here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from darkfactory.config.loading import parse_settings
from darkfactory.config.problems import LanesInvalid
from darkfactory.config.schema import as_yaml, example_at, keys_at, schema
from darkfactory.config.yamltree import parse, plain

HARNESS = "harness: {command: pytest -q}\n"
VALIDATOR = Draft202012Validator(schema())

ACCEPTED = [
    "",
    "version: 1",
    "version: 1.0",
    "base: feature/x-1.2",
    "base:",
    "backlog: backlog.yaml",
    "backlog: [a.yaml, github:OWNER/REPO]",
    "backlog: []",
    "allow: {write: [~/.cache], read: /opt, connect: [1, 65535]}",
    "allow:",
    "limits: {lanes: 2.0, brain_space: 0, tokens: 5M, usd: 0}",
    "limits: {tokens: 0k, usd: 1.5k, lanes: null}",
    "protected: []",
    "agents: {a: {kind: acp, command: [x, --acp, --acp]}}",
    "agents: {a: {kind: codex, args: [-c, x, -c, y], env: {A_1: b}, pass_env: KEY}}",
    "agents: {a: {kind: mock, script: mock.yaml, model: m}}",
    "workspace: {kind: worktree, keep: [.venv, a/..b]}",
    "gate: {runners: 64, pretest: 0, forge: github}",
    "lanes: {}",
    "lanes: {a: {}, B-2_x: {}}",
    "lanes: {a: {match: {labels: x, title: 'a|b', paths: [p], priority: [P0, P3]}}}",
    "lanes: {a: {agent: [codex, claude], autonomy: land, sessions: 1024, attempts: 100}}",
    "lanes: {a: {skills: [a, b-c, d, e, f], taste: [a, b, c, d, e, f, g]}}",
    "lanes: {a: {budget: {tokens: 0.001k, usd: 0.01, minutes: 0.05, turns: 1}}}",
    "lanes: {a: {silence: 0.5s, owns: x, harness: make, prompt: '', default: false}}",
    "lanes: {a: {waffle: {warn: 0, steer: 0, nuke: 1, off: [loop, harness]}}}",
    "lanes: {a: {allow: {connect: [5432], write: null}}}",
]

REFUSED = [
    "unknown: 1",
    "harness: {command: x, tiemout: 5m}",
    "version: 2",
    "version: '1'",
    "version: true",
    "base: -x",
    "base: a..b",
    "base: a b",
    "backlog: 3",
    "backlog: [a, a]",
    "backlog: ['']",
    "allow: {connect: 443}",
    "allow: {connect: [0]}",
    "allow: {connect: [true]}",
    "allow: {connect: [1, 1]}",
    "limits: {lanes: 0}",
    "limits: {lanes: 1025}",
    "limits: {lanes: 1.5}",
    "limits: {tokens: 5m}",
    "limits: {tokens: -1}",
    "limits: {tokens: 1.5}",
    "limits: {usd: false}",
    "limits: [1]",
    "agents: {a: {}}",
    "agents: {a: {kind: null}}",
    "agents: {a: {kind: other}}",
    "agents: {a: {kind: acp}}",
    "agents: {a: {kind: acp, command: null}}",
    "agents: {a: {kind: acp, command: []}}",
    "agents: {a: {kind: acp, command: gemini}}",
    "agents: {a: {kind: mock, env: {HOME: x}}}",
    "agents: {a: {kind: mock, env: {CLAUDE_CONFIG_DIR: x}}}",
    "agents: {a: {kind: mock, env: {A: 1}}}",
    "agents: {a: {kind: mock, env: {A: null}}}",
    "agents: {a: {kind: mock, env: {1A: x}}}",
    "agents: {a: {kind: mock, pass_env: [CODEX_HOME]}}",
    "agents: {a: {kind: mock, args: --x}}",
    "agents: {a: null}",
    "agents: {a.b: {kind: mock}}",
    "workspace: {kind: copy}",
    "workspace: {keep: [/a]}",
    "workspace: {keep: [~/a]}",
    "workspace: {keep: [..]}",
    "workspace: {keep: [a/../b]}",
    "gate: {forge: gitlab}",
    "gate: {runners: 0}",
    "lanes: []",
    "lanes: {a: null}",
    "lanes: {1a: {}}",
    "lanes: {a/b: {}}",
    "lanes: {a: {autonomy: all}}",
    "lanes: {a: {sessions: 0}}",
    "lanes: {a: {attempts: '2'}}",
    "lanes: {a: {skills: [a, b, c, d, e, f]}}",
    "lanes: {a: {skills: [a--b]}}",
    "lanes: {a: {taste: [a, b, c, d, e, f, g, h]}}",
    "lanes: {a: {budget: {tokens: 0}}}",
    "lanes: {a: {budget: {tokens: 0k}}}",
    "lanes: {a: {budget: {usd: 0}}}",
    "lanes: {a: {budget: {minutes: 0}}}",
    "lanes: {a: {budget: {minutes: 5m}}}",
    "lanes: {a: {budget: {turns: 1.5}}}",
    "lanes: {a: {silence: 5}}",
    "lanes: {a: {silence: 0s}}",
    "lanes: {a: {silence: 5 m}}",
    "lanes: {a: {harness: '  '}}",
    "lanes: {a: {default: 'true'}}",
    "lanes: {a: {match: {priority: [P4]}}}",
    "lanes: {a: {match: [bug]}}",
    "lanes: {a: {waffle: {nuke: 1.1}}}",
    "lanes: {a: {waffle: {off: [lop]}}}",
    "lanes: {a: {prompt: 3}}",
]

ONLY_THE_LOADER_REFUSES = [
    "lanes: {a: {default: true}, b: {default: true}}",
    "lanes: {a: {}, A: {}}",
    "lanes: {a: {agent: nobody}}",
    "lanes: {a: {match: {title: '('}}}",
    "lanes: {a: {waffle: {nuke: 0.1}}}",
    "lanes: {a: {loop: {better: lower}}}",
    "lanes: {a: {silence: 169h}}",
    "agents: {a: {kind: codex, script: x}}",
]


def loader_accepts(text: str) -> bool:
    try:
        parse_settings(text)
    except LanesInvalid:
        return False
    return True


def schema_accepts(text: str) -> bool:
    tree = parse(text)
    assert tree
    return VALIDATOR.is_valid(plain(tree))


def document(text: str) -> str:
    return text if text.startswith("harness") else HARNESS + text


@pytest.mark.parametrize("text", ACCEPTED)
def test_schema_and_loader_accept_the_same(text: str) -> None:
    assert loader_accepts(document(text))
    assert schema_accepts(document(text))


@pytest.mark.parametrize(
    "text", [*REFUSED, "harness: pytest", "harness: {}", "harness: {command: null}", "harness:"]
)
def test_schema_and_loader_refuse_the_same(text: str) -> None:
    assert not loader_accepts(document(text))
    assert not schema_accepts(document(text))


@pytest.mark.parametrize("text", ONLY_THE_LOADER_REFUSES)
def test_what_only_the_loader_can_see_is_no_matter_of_the_schema(text: str) -> None:
    assert not loader_accepts(document(text))
    assert schema_accepts(document(text))


def test_a_file_without_harness_is_refused_by_both() -> None:
    assert not loader_accepts("version: 1")
    assert not schema_accepts("version: 1")


def sections() -> Iterator[dict[str, Any]]:
    whole = schema()
    yield whole
    yield from (part for part in whole["$defs"].values() if part["type"] == "object")


def test_the_schema_is_one_of_its_dialect() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"].endswith("/draft/2020-12/schema")


def test_every_key_has_a_description_and_a_valid_example() -> None:
    whole = schema()

    for section in sections():
        for key, value in section["properties"].items():
            check = Draft202012Validator({**value, "$defs": whole["$defs"]})
            assert value["description"].endswith("."), key
            assert all(check.is_valid(example) for example in value["examples"]), key
            assert "default" not in value or check.is_valid(value["default"]), key


def test_no_section_takes_unknown_keys() -> None:
    assert all(section["additionalProperties"] is False for section in sections())


def test_the_schema_is_plain_json_and_a_new_value_each_time() -> None:
    first = schema()
    copy = json.loads(json.dumps(first))
    first["properties"].clear()

    assert schema() == copy


def test_known_keys_and_examples_are_found_by_path() -> None:
    assert keys_at(("limits",)) == ["lanes", "brain_space", "review_minutes", "tokens", "usd"]
    assert keys_at(("lanes", "any", "budget")) == ["tokens", "usd", "minutes", "turns"]
    assert keys_at(("lanes",)) == keys_at(("nowhere",)) == []
    assert example_at(("lanes", "any", "silence")) == "silence: 5m"
    assert example_at(("lanes", "any", "skills", 3)) == "skills: [commit, run-tests]"
    assert example_at(("lanes", "any")) is None


@pytest.mark.parametrize(
    "value",
    [1, 0.5, True, None, "5m", "a b", "1", "-x", "a: b", "#x", "", "x|y\n", [1, "a"], {"A": "1"}],
)
def test_an_example_written_as_yaml_reads_back_the_same(value: object) -> None:
    tree = parse(f"key: {as_yaml(value)}")
    assert tree

    assert plain(tree) == {"key": value}
