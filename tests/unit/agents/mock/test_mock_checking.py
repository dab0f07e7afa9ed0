"""Reading a mock script: what is right is taken as meant, what is wrong names line and key."""

import pytest

from darkfactory.agents.mock.checking import BadScript, parse_script

WHOLE = """
sessions:
  - marker: ITEM-1
    turns:
      - say: Looking.
        think: a thought
        do:
          - read: "{cwd}/calc.py"
          - edit: {path: a, old: b, new: c}
          - write: {path: a, content: b}
          - shell: python -m pytest -q
        sleep: 0.5
        usage: {input: 1200, output: 40, cached: 3, reasoning: 4}
        repeat: 3
        fault: {kind: exit, status: 3, times: 1}
      - say: Fixed.
        forever: true
default: {turns: [{say: nothing to do}]}
"""


def test_the_whole_format_is_read() -> None:
    script = parse_script(WHOLE)

    first, last = script["sessions"][0]["turns"]
    assert [next(iter(action)) for action in first["do"]] == ["read", "edit", "write", "shell"]
    assert (first["sleep"], first["repeat"], last["forever"]) == (0.5, 3, True)
    assert first["fault"] == {"kind": "exit", "status": 3, "times": 1}
    assert script["default"]["turns"] == [{"say": "nothing to do"}]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("true", "true"), ("no", "no"), ("3.10", "3.10"), ("2026-11-21", "2026-11-21"), ("''", "")],
)
def test_a_text_is_taken_as_it_is_written(written: str, meant: str) -> None:
    script = parse_script(f"default: {{turns: [{{do: [{{shell: {written}}}]}}]}}")

    assert script["default"]["turns"][0]["do"] == [{"shell": meant}]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("sessions: [}", 1, "not YAML"),
        ("- a\n", 1, "must be a mapping"),
        ("sessoins: []", 1, "sessoins is no key; did you mean sessions?"),
        ("sessions:\n  - marker: A\n", 2, "sessions.0 has no turns"),
        ("sessions:\n  - marker: ''\n    turns: []\n", 2, "sessions.0.marker is empty"),
        (
            "default:\n  turns:\n    - sya: x\n",
            3,
            "default.turns.0.sya is no key; did you mean say",
        ),
        ("default:\n  turns:\n    - say: null\n", 3, "default.turns.0.say must be text"),
        ("default:\n  turns:\n    - do: ls\n", 3, "default.turns.0.do must be a list"),
        ("default:\n  turns:\n    - do: [{shell: a, read: b}]\n", 3, "must be one action"),
        ("default:\n  turns:\n    - do: [{edit: {path: a, old: b}}]\n", 3, "edit has no new"),
        ("default:\n  turns:\n    - sleep: soon\n", 3, "sleep must be seconds"),
        ("default:\n  turns:\n    - sleep: -1\n", 3, "sleep is -1"),
        ("default:\n  turns:\n    - sleep: .nan\n", 3, "sleep is nan"),
        ("default:\n  turns:\n    - repeat: 0\n", 3, "repeat is 0"),
        ("default:\n  turns:\n    - forever: 1\n", 3, "forever must be true or false"),
        ("default:\n  turns:\n    - fault: {kind: http}\n", 3, "fault.kind is 'http'"),
        ("default:\n  turns:\n    - usage: {input: many}\n", 3, "usage.input must be a whole"),
        (
            "sessions:\n- {marker: A, turns: []}\n- {marker: A, turns: []}\n",
            1,
            "sessions.1.marker is a second 'A'",
        ),
        ("[" * 100_000, 1, "more than 32 levels deep"),
        ("a: \0", 1, "not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(BadScript) as caught:
        parse_script(text, "script.yaml")

    assert problem in caught.value.problem
    assert f"script.yaml line {line}" in caught.value.problem
    assert caught.value.fix
    assert (caught.value.code, caught.value.exit_status) == ("mock.script", 2)


def test_nothing_is_a_script_without_sessions() -> None:
    assert parse_script("") == {}
