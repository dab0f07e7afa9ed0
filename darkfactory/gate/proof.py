"""Run the tests that a change adds on its base: what passes there, too, proves nothing of it."""

import os
import tempfile
from dataclasses import dataclass

from darkfactory.changes.paths import is_code, is_test
from darkfactory.domain.change import ChangeState, HarnessResult, HarnessVerdict
from darkfactory.domain.counting import listed
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub

_LONGEST_SECONDS = 60.0
_NAMED = 3
_NOTHING = "the tests that it adds or alters pass without its code, too: they prove nothing of it"
_COULD_NOT = "the tests that it adds or alters could not be run without its code"


def prove(room: GateRoom, change: Change) -> bool:
    """Record whether the tests of *change* fail without its code; tell whether that was asked.

    It is where a person is to judge a change of both tests and code that is green, and whose
    harness takes no longer than a minute. The answer is a fact to read and hinders nothing.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
        RunStopped: If whoever wanted it goes away.
    """
    check = change.check
    short = float(check.get("seconds") or 0.0) <= _LONGEST_SECONDS
    if change.state is not ChangeState.WAITING_TASTE or check.get("result") != "pass" or not short:
        return False
    touched = _touched(room.hub, str(check["base"]), str(check["tree"]))
    if not touched.tests or not touched.has_code:
        return False
    tree = _with_files(room.hub, str(check["base"]), touched.tests)
    message = f"The tests of {change.id} without its code\n"
    commit = room.hub.commit_tree(tree, (str(check["base"]),), message, when=int(change.since))
    proves, why = _told(room.test(commit, room.lane(change)))
    told = {"head": change.head, "base": check["base"], "tree": tree, "proves": proves, "why": why}
    room.say("proved", change, told)
    return True


@dataclass(frozen=True, slots=True)
class _Touched:
    """What a merge changes: the new state of its *tests*, as git's index takes it, and more."""

    tests: tuple[bytes, ...]
    has_code: bool


def _touched(hub: Hub, base: str, tree: str) -> _Touched:
    options = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options")
    fields = hub.git("diff-tree", *options, hub.tree(base), tree, "--").stdout.split(b"\0")
    tests, has_code = [], False
    for facts, path in zip(fields[0::2], fields[1::2], strict=False):
        _, mode, _, blob, status = facts.removeprefix(b":").split(b" ")
        name = os.fsdecode(path)
        has_code = has_code or is_code(name)
        if is_test(name) and status in (b"A", b"M"):
            tests.append(mode + b" " + blob + b"\t" + path)
    return _Touched(tuple(tests), has_code)


def _with_files(hub: Hub, base: str, entries: tuple[bytes, ...]) -> str:
    """Return the tree of *base* with *entries* put over it."""
    with tempfile.TemporaryDirectory(prefix="df-proof-") as folder:
        index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
        hub.git("read-tree", base, env=index)
        hub.git("update-index", "-z", "--index-info", stdin=b"\0".join((*entries, b"")), env=index)
        return hub.git("write-tree", env=index).text


def _told(result: HarnessResult) -> tuple[bool | None, str]:
    """Return whether the tests prove something, None where that cannot be told, and why."""
    if result.green:
        return False, _NOTHING
    if result.result is not HarnessVerdict.FAIL:
        return None, f"{_COULD_NOT}: {result.note or result.result}"
    failing = listed(result.failing, at_most=_NAMED) if result.failing else "the harness"
    return True, f"without its code fails what passes with it: {failing}"
