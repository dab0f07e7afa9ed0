"""Make scenarios of fixes that have landed: the task as it was asked, the tests that came with it.

Only a change whose tests failed without its code (the gate tries that before a person judges it)
makes a scenario: such tests tell a fix from none. An agent gets the files as they were before; the
tests of the fix are hidden, its code is the reference.
"""

import json
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.changes.paths import is_test
from darkfactory.domain.change import ChangeState
from darkfactory.domain.digest import short_hash
from darkfactory.errors import AnswerNo
from darkfactory.evals.scenario import FILE, HIDDEN, PROMPT
from darkfactory.evals.suite import FOLDER
from darkfactory.factory.eval_lab import tells_agents
from darkfactory.factory.line import Line
from darkfactory.gate.names import name_of
from darkfactory.gate.record import Change
from darkfactory.skills.library import FOLDER as SHELF
from darkfactory.skills.library import skills_for
from darkfactory.workspaces.written import lay_out

_PATCH = "solution.patch"
_TESTS = "tests"
_GONE = "gone"
_LEAST_SECONDS = 60
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}
_PATCH_OPTIONS = (
    *("-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)


class NoHistory(AnswerNo):
    """No landed change can be a scenario."""

    code = "evals.no_history"

    def __init__(self, skill: str) -> None:
        super().__init__(
            f"no landed change makes a scenario for skill {skill}",
            fix="it takes a change of code and tests that a session with the skill made, that was"
            " green, and whose tests fail without its code: `df gate show ID` says so as `proof`",
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A scenario that was written at *folder* for *change*, or why it was not (*why*)."""

    change: str
    folder: Path
    why: str = ""


def scenarios_from_history(line: Line, skill: str, changes: Sequence[str] = ()) -> list[Made]:
    """Write a scenario below ``skills/<skill>/evals/`` for each landed fix; overwrite none.

    Args:
        line: The factory whose record holds the fixes.
        skill: Whose suite they go into.
        changes: The changes to take; all that sessions with the skill made if there are none.

    Raises:
        UnknownSkill: If the repository has no such skill.
        UnknownChange: If a change is unknown.
        NoHistory: If none makes a scenario.
        GitFailed: If the hub cannot be read.
    """
    skills_for([skill], line.state.repository)
    line.record.refresh()
    wanted = [line.gate().find(name) for name in changes] if changes else _of_skill(line, skill)
    made = [_made(line, skill, change) for change in wanted if changes or not _unfit(change)]
    if not made:
        raise NoHistory(skill)
    return made


def wanted_scenarios(line: Line, skill: str, sessions: Collection[str]) -> list[str]:
    """Return the changes of *sessions* that make a scenario which *skill* does not have yet."""
    suite = line.state.repository / SHELF / skill / FOLDER
    made = (one for one in line.record.changes if one.session in sessions and not _unfit(one))
    return [one.id for one in made if not (suite / _id(one)).exists()]


def _of_skill(line: Line, skill: str) -> list[Change]:
    sessions = line.record.sessions

    def had(change: Change) -> bool:
        row = sessions.get(change.session or "")
        given = row.started.data.get("skills") if row else ()
        return any(one.get("name") == skill for one in given or () if isinstance(one, dict))

    return [change for change in line.record.changes if had(change)]


def _unfit(change: Change) -> str:
    """Return why *change* cannot be a scenario, empty if it can."""
    if change.drill or change.state is not ChangeState.LANDED:
        return "it has not landed"
    if not change.proof.get("proves"):
        return str(
            change.proof.get("why") or "nobody knows whether its tests fail without its code"
        )
    if change.check.get("result") != "pass":
        return "its checks did not pass"
    return ""


def _made(line: Line, skill: str, change: Change) -> Made:
    suite = line.state.repository / SHELF / skill / FOLDER
    folder = suite / _id(change)
    why = _unfit(change) or ("it is there already" if folder.exists() else "")
    if not why:
        suite.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=suite) as draft:
            _write(line, change, Path(draft) / "scenario")
            os.rename(os.path.join(draft, "scenario"), folder)
    return Made(change.id, folder, why)


def _id(change: Change) -> str:
    """Name the scenario; items of any name have one, and the same one again."""
    plain = name_of(change.item)[:40].strip(".-_")
    return f"landed-{plain}-{short_hash(change.head)[:6]}"


def _write(line: Line, change: Change, folder: Path) -> None:
    """Lay out the scenario of *change* in *folder*, which does not exist yet."""
    hub, base, tree = line.hub, str(change.proof["base"]), str(change.check["tree"])
    began = hub.tree(base)
    listed = hub.git("diff-tree", "-r", "-z", "--name-status", "--no-renames", began, tree).stdout
    fields = [os.fsdecode(field) for field in listed.split(b"\0")]
    touched = list(zip(fields[1::2], fields[0::2], strict=False))
    tests = [path for path, status in touched if is_test(path) and status != "D"]
    gone = [path for path, status in touched if is_test(path) and status == "D"]
    code = [path for path, _ in touched if not (is_test(path) or tells_agents(path))]
    hidden = folder / HIDDEN
    hidden.mkdir(parents=True)
    (folder / FILE).write_text(_scenario(line, change, base, gone=bool(gone)), encoding="utf-8")
    (folder / PROMPT).write_text(_prompt(line, change), encoding="utf-8")
    patch = hub.git("diff-tree", *_PATCH_OPTIONS, began, tree, "--", *code, env=_LITERAL)
    (hidden / _PATCH).write_bytes(patch.stdout)
    if gone:
        (hidden / _GONE).write_bytes(b"".join(os.fsencode(path) + b"\0" for path in gone))
    if tests:
        lay_out((f"--git-dir={hub.path}",), tree, tests, hidden / _TESTS)


def _scenario(line: Line, change: Change, base: str, *, gone: bool) -> str:
    """Return scenario.yaml: the checks are the harness with the tests of the fix laid over.

    Those that the fix has taken away (*gone*) ask for what was wrong.
    """
    lane = line.settings.lane(change.lane)
    harness = (lane.harness if lane else None) or line.settings.harness.command
    seconds = max(_LEAST_SECONDS, 4 * round(float(change.check.get("seconds") or 0)))
    # A runner that collects tests from everywhere would else find those of the fix twice.
    first = f"xargs -0 rm -f -- < {HIDDEN}/{_GONE} && " if gone else ""
    command = f"{first}cp -R {HIDDEN}/{_TESTS}/. . && rm -rf {HIDDEN} && {harness}"
    return (
        f"# Made of {change.id}, which landed as {change.landing.get('commit')}.\n"
        f"id: {_id(change)}\n"
        f"title: {_quoted(change.title)}\n"
        "kind: regression\n"
        "workspace:\n"
        f"  commit: {_quoted(base)}\n"
        "checks:\n"
        "  - id: tests-of-the-fix\n"
        "    weight: 1\n"
        f"    run: {{cmd: {_quoted(command)}, timeout_s: {seconds}}}\n"
        f"reference: {{patch: {HIDDEN}/{_PATCH}}}\n"
        "expect_fail_baseline: false  # what agents do without the skill is for a run to tell\n"
    )


def _quoted(text: str) -> str:
    """Return *text* as a scalar of YAML."""
    return json.dumps(text, ensure_ascii=False)


def _prompt(line: Line, change: Change) -> str:
    """Return the task as its item words it; the change's title where no plan has the item."""
    plan = line.record.plan
    rows = plan.plan.items if plan else ()
    item = next((row.item for row in rows if row.item.id == change.item), None)
    if item is None:
        return f"# {change.title}\n"
    done = f"\nDone when: {item.done_when}\n" if item.done_when else ""
    return f"# {item.title}\n\n{item.body.strip()}\n{done}".replace("\n\n\n", "\n")
