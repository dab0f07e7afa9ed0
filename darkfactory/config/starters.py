"""Starter texts of lanes.yaml, one for each way of working; a person edits them from there."""

from collections.abc import Sequence

from darkfactory.config.presets import Preset
from darkfactory.config.schema import as_yaml


def example_lanes(
    preset: Preset,
    *,
    harness: str,
    base: str | None = None,
    backlog: Sequence[str] = ("backlog.yaml",),
    github: str | None = None,
) -> str:
    """Return a commented lanes.yaml for *preset* that checks itself with command *harness*.

    Args:
        base: The branch that changes land on; None: whichever is checked out.
        backlog: The sources of items.
        github: OWNER/REPO whose issues could be a source, told in a comment.
    """
    body = {Preset.SOLO: _SOLO, Preset.MAINTAINER: _MAINTAINER, Preset.TEAM: _TEAM}[preset]
    branch = f"base: {_quoted(base)}   # the branch that changes land on\n" if base else ""
    sources = f"\nbacklog: {as_yaml(list(backlog))}\n"
    issues = _ISSUES.replace("REPOSITORY", github) if github else ""
    return "".join(
        (
            _HEAD.replace("BASE\n", branch).replace("HARNESS", _quoted(harness)),
            sources,
            issues,
            body,
        )
    )


def _quoted(command: str) -> str:
    import yaml

    text: str = yaml.safe_dump(command, default_style='"', allow_unicode=True, width=10**9)
    return text.rstrip("\n")


_HEAD = """\
# How Dark Factory works this repository. Every key is described in docs/lanes.md of Dark Factory.
version: 1
BASE

# The ground truth: a shell command at the root of the tree under test. Exit status 0 is green.
harness:
  command: HARNESS
  timeout: 10m
"""

_ISSUES = """\
# The issues of github:REPOSITORY can be a source: list issues.json above, and write it with
#   gh issue list --repo REPOSITORY --limit 200 --json number,title,body,labels,url > issues.json
"""

_SOLO = """\

# Few lanes and few open decisions: one person reads everything that comes out.
limits:
  lanes: 3
  brain_space: 8        # no new session starts while this many decisions wait for you

# The first agent works unless a lane says otherwise.
agents:
  claude: {kind: claude-code}
  codex: {kind: codex}

lanes:
  bugs:
    match: {labels: [bug], title: "crash|fix|regression"}
    autonomy: propose   # observe | suggest | propose | land
    sessions: 2
    skills: [fix-bug, run-tests, session-summary]  # folders of skills/
    budget: {tokens: 400k, minutes: 30}
    taste:
      - Would I maintain this?
      - Is it the smallest change?

  work:
    default: true       # takes what no other lane does
    autonomy: propose
    sessions: 1
    skills: [run-tests, commit, session-summary]
    budget: {tokens: 600k, minutes: 45}
    taste:
      - Would I maintain this?
"""

_MAINTAINER = """\

limits:
  lanes: 6
  brain_space: 20
  tokens: 10M

protected: [".github/**", "lanes.yaml"]

agents:
  claude: {kind: claude-code}
  codex: {kind: codex}

lanes:
  bugs:
    match: {labels: [bug], title: "crash|regress", priority: [P0, P1]}
    agent: [codex, claude]        # the second takes over after a nuked attempt
    autonomy: propose
    sessions: 2
    skills: [fix-bug, run-tests, session-summary]  # folders of skills/
    budget: {tokens: 400k, minutes: 30}
    taste:
      - Is the cause fixed, not the symptom?
      - Is there a test that failed before?

  docs:
    match: {labels: [documentation, docs], paths: ["docs/**", "*.md"]}
    autonomy: propose             # with land, green and low-risk changes land without you
    sessions: 1
    skills: [write-docs, session-summary]
    owns: ["docs/**", "*.md"]
    budget: {tokens: 200k, minutes: 15}

  questions:
    match: {labels: [question, needs-info]}
    autonomy: observe             # reads and reports; changes nothing
    skills: [triage-issue]
    budget: {tokens: 150k, minutes: 10}

  features:
    default: true
    autonomy: propose
    sessions: 2
    skills: [run-tests, commit, session-summary]
    budget: {tokens: 800k, minutes: 60}
    taste:
      - Does the project want this?
      - Would I maintain this?
      - Is it the smallest change?
"""

_TEAM = """\

limits:
  lanes: 8
  brain_space: 20
  tokens: 20M
  usd: 100

protected: [".github/**", "lanes.yaml", "skills/**"]

agents:
  claude: {kind: claude-code}
  codex: {kind: codex}

workspace: {kind: clone, keep: [".venv", "node_modules"]}

gate:
  runners: 2
  pretest: 2

lanes:
  urgent:
    match: {priority: [P0], labels: [incident]}
    agent: [codex, claude]
    autonomy: suggest     # each shell command waits for a yes
    sessions: 1
    skills: [fix-bug, run-tests, session-summary]  # folders of skills/
    budget: {tokens: 600k, usd: 6, minutes: 45}
    taste:
      - Do we know why it happened?
      - Can it be rolled back?

  bugs:
    match: {labels: [bug], title: "crash|regress"}
    agent: [codex, claude]
    autonomy: propose
    sessions: 3
    skills: [fix-bug, run-tests, session-summary]
    budget: {tokens: 400k, usd: 4, minutes: 30}
    taste:
      - Is the cause fixed, not the symptom?
      - Is there a test that failed before?

  chores:
    match: {labels: [chore, dependencies, documentation]}
    autonomy: propose     # with land, green and low-risk changes land without a person
    sessions: 1
    skills: [run-tests, commit, session-summary]
    budget: {tokens: 200k, usd: 2, minutes: 20}
    waffle: {nuke: 0.8}   # less patience where the work is simple

  features:
    default: true
    autonomy: propose
    sessions: 2
    skills: [run-tests, commit, session-summary]
    budget: {tokens: 800k, usd: 8, minutes: 60}
    taste:
      - Does it do what the item asks, and nothing else?
      - Would another team understand it in a year?
"""
