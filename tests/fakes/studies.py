"""Suites of a skill to try: files of a repository, and mock agents that mind the skill's rule."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.fakes.factories import Factory, make_factory

RULE = "NN-POLITE"
SKILL = """\
---
name: greet
description: How greetings are written here. Use when a greeting is asked for. Not for letters.
---
# Greet

Say please.
"""
SIDECAR = f"""\
version: 1.0.0
non_negotiables:
  - {{id: {RULE}, text: "Say please", why: "people like it"}}
"""
PROMPT = "Write a greeting into a.txt."
CHECKS: Sequence[Mapping[str, Any]] = (
    {"id": "there", "file_exists": "a.txt"},
    {"id": "polite", "weight": 2, "nn": RULE, "file_regex": {"path": "a.txt", "all": "please"}},
    {"id": "told", "run": "sh hidden/polite.sh"},
)
LANES = """\
version: 1
harness: {command: "true"}
agents:
  mock: {kind: mock, script: mock.yaml}
  other: {kind: mock, script: mock.yaml}
lanes:
  all: {default: true, agent: mock}
"""
EVALS = "skills/greet/evals"


def writes(text: str, **more: Any) -> list[dict[str, Any]]:
    """Return turns that write a greeting."""
    do = [{"write": {"path": "{cwd}/a.txt", "content": f"{text}\n"}}]
    return [
        {"say": "Writing.", "do": do, "usage": {"input": 100, "output": 10}, **more},
        {"say": "."},
    ]


def script(**more: Any) -> dict[str, Any]:
    """Return the script of a mock that is rude, and polite where the rule is in its prompt."""
    return {
        "sessions": [
            {"marker": "# hello", "turns": writes("hello", **more)},
            {"marker": RULE, "turns": writes("hello, please")},
        ]
    }


def suite_files(
    *names: str, suite: Mapping[str, Any] | None = None, **scenario: Any
) -> dict[str, str]:
    """Return the files of a suite with scenarios of these *names*, in the shape of JSON."""
    files = {
        "skills/greet/SKILL.md": SKILL,
        "skills/greet/df.yaml": SIDECAR,
        f"{EVALS}/suite.yaml": json.dumps({"version": 1, **(suite or {})}),
    }
    for name in names:
        body = {"title": "Greets politely", "checks": CHECKS, **scenario}
        files |= {
            f"{EVALS}/{name}/scenario.yaml": json.dumps(body),
            f"{EVALS}/{name}/prompt.md": PROMPT,
            f"{EVALS}/{name}/workspace/x.txt": "x\n",
            f"{EVALS}/{name}/hidden/polite.sh": "grep -q please a.txt\n",
        }
    return files


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write *files* below *root* and return the suite's folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / EVALS


def make_study(
    folder: Path, files: Mapping[str, str], *, played: Mapping[str, Any] | None = None
) -> Factory:
    """Return a repository with a suite and mock agents that play *played*."""
    return make_factory(folder, played or script(), [], files=files, lanes=LANES)


def results(factory: Factory) -> list[dict[str, Any]]:
    """Return all recorded cells."""
    files = sorted((factory.state.root / "evals").glob("*/results.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]
