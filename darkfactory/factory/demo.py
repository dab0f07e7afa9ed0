"""A small real repository with real bugs, a backlog and mock agents that know how to mend them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import UsageError

NAME = "darkfactory-demo"


class DemoFolderTaken(UsageError):
    """The folder for the demo holds something already."""

    code = "demo.folder"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} exists and is not empty", fix="name another: df demo some/new/folder"
        )


@dataclass(frozen=True, slots=True)
class _Bug:
    """One function of the demo that is wrong: its line, the right line, and a test that tells."""

    name: str
    title: str
    arguments: str
    wrong: str
    right: str
    test: str
    label: str = "bug"
    priority: str = "P2"


_BUGS = (
    _Bug(
        "median",
        "median of an even number of values is the upper one",
        "values",
        "    return sorted(values)[len(values) // 2]",
        (
            "    ordered, half = sorted(values), len(values) // 2\n"
            "    if len(values) % 2:\n"
            "        return ordered[half]\n"
            "    return (ordered[half - 1] + ordered[half]) / 2"
        ),
        "self.assertEqual(median([1, 2, 3, 4]), 2.5)",
        priority="P1",
    ),
    _Bug(
        "slug",
        "slug keeps spaces at both ends",
        "text",
        '    return text.lower().replace(" ", "-")',
        '    return "-".join(text.lower().split())',
        'self.assertEqual(slug("  Two Words "), "two-words")',
    ),
    _Bug(
        "clamp",
        "clamp returns the limit that was not crossed",
        "value, low, high",
        "    return max(high, min(low, value))",
        "    return max(low, min(high, value))",
        "self.assertEqual(clamp(7, 0, 5), 5)",
    ),
    _Bug(
        "initials",
        "initials fails on an empty name",
        "name",
        '    return "".join(part[0].upper() for part in name.split(" "))',
        '    return "".join(part[0].upper() for part in name.split())',
        'self.assertEqual(initials(""), "")',
    ),
    _Bug(
        "chunks",
        "chunks drops the last, shorter chunk",
        "values, size",
        "    return [values[at : at + size] for at in range(0, len(values) - size + 1, size)]",
        "    return [values[at : at + size] for at in range(0, len(values), size)]",
        "self.assertEqual(chunks([1, 2, 3], 2), [[1, 2], [3]])",
    ),
    _Bug(
        "leap",
        "leap calls the year 1900 a leap year",
        "year",
        "    return year % 4 == 0",
        "    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        "self.assertFalse(leap(1900))",
    ),
    _Bug(
        "percent",
        "percent divides by zero when there is no total",
        "part, total",
        "    return round(100 * part / total)",
        "    return round(100 * part / total) if total else 0",
        "self.assertEqual(percent(1, 0), 0)",
        label="feature",
    ),
)

_LANES = """\
# A demo: every agent here is a mock that plays mock.yaml. Swap in codex or claude-code at will.
version: 1
harness:
  command: python3 -m unittest discover -q
  timeout: 1m
limits: {lanes: 8, brain_space: 20}
agents:
  mock: {kind: mock, script: mock.yaml}
lanes:
  bugs:
    match: {labels: [bug]}
    agent: mock
    sessions: 6
    owns: ["tools/**", "tests/**"]
    taste: ["Would I maintain this?", "Is it the smallest change?"]
  features:
    match: {labels: [feature]}
    agent: mock
    sessions: 2
  questions:
    match: {labels: [question]}
    autonomy: observe
    agent: mock
"""

_QUESTION = """\
- id: survey
  title: Which tools have no test for empty input?
  body: Read the tools and their tests, and report.
  labels: [question]
  done_when: a list of names
- id: median-again
  title: The median of an even number of values is the upper one!
  labels: [bug]
  done_when: python3 -m unittest -q tests.test_median
"""


def make_demo(folder: Path) -> None:
    """Make the demo's repository in *folder*, with one commit on branch main.

    Raises:
        DemoFolderTaken: If *folder* is not empty.
        OSError: If it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DemoFolderTaken(folder)
    files = {
        "lanes.yaml": _LANES,
        "backlog.yaml": _backlog(),
        "mock.yaml": _script(),
        "tools/__init__.py": "",
        "tests/__init__.py": "",
        ".gitignore": "__pycache__/\n",
    }
    for bug in _BUGS:
        files[f"tools/{bug.name}.py"] = f"def {bug.name}({bug.arguments}):\n{bug.wrong}\n"
        files[f"tests/test_{bug.name}.py"] = _test(bug)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _commit(folder)


def _test(bug: _Bug) -> str:
    case = f"{bug.name.title()}Test"
    return (
        f"import unittest\n\nfrom tools.{bug.name} import {bug.name}\n\n\n"
        f"class {case}(unittest.TestCase):\n"
        f"    def test_{bug.name}(self):\n        {bug.test}\n"
    )


def _backlog() -> str:
    items = [
        f"- id: {bug.name}\n"
        f"  title: {bug.title}\n"
        f"  labels: [{bug.label}]\n"
        f"  priority: {bug.priority}\n"
        f"  paths: [tools/{bug.name}.py]\n"
        f"  done_when: python3 -m unittest -q tests.test_{bug.name}\n"
        for bug in _BUGS
    ]
    return "".join(items) + _QUESTION


def _script() -> str:
    import yaml

    sessions = [
        {
            "marker": f"# {bug.name}:",
            "turns": [
                {
                    "say": f"Reading tools/{bug.name}.py and its test.",
                    "do": [
                        {"read": f"{{cwd}}/tools/{bug.name}.py"},
                        {"shell": f"python3 -m unittest -q tests.test_{bug.name}"},
                    ],
                    "sleep": 0.3,
                    "usage": {"input": 2400, "output": 120},
                },
                {
                    "say": "The test shows the fault. Mending it.",
                    "do": [
                        {
                            "edit": {
                                "path": f"{{cwd}}/tools/{bug.name}.py",
                                "old": bug.wrong,
                                "new": bug.right,
                            }
                        },
                        {"shell": f"python3 -m unittest -q tests.test_{bug.name}"},
                    ],
                    "sleep": 0.3,
                    "usage": {"input": 3100, "output": 260},
                },
                {
                    "say": (
                        f"Changed {bug.name} in tools/{bug.name}.py. Its test passes now; "
                        "nothing else is touched. Open: other tools are as they were."
                    ),
                    "usage": {"input": 3500, "output": 90},
                },
            ],
        }
        for bug in _BUGS
    ]
    survey = {
        "marker": "# survey:",
        "turns": [
            {"say": "Reading.", "do": [{"read": "{cwd}/tools/slug.py"}], "sleep": 0.2},
            {"say": "Only initials and percent have a test for empty input."},
        ],
    }
    script = {"sessions": [*sessions, survey], "default": {"turns": [{"say": "nothing to do"}]}}
    text: str = yaml.safe_dump(script, sort_keys=False, width=100)
    return text


def _commit(folder: Path) -> None:
    identity = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*identity, "commit", "--quiet", "--no-verify", "--message=A small toolbox with bugs"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL)
