"""Run the tests that a change adds on its base: what passes there, too, proves nothing of it."""

import os
import re
import tempfile
from dataclasses import dataclass

from darkfactory.changes.judged_tests import TEST_CODE
from darkfactory.changes.measure import diff_text
from darkfactory.changes.paths import is_code, is_test
from darkfactory.changes.unified import changed_lines
from darkfactory.domain.change import ChangeState, HarnessResult, HarnessVerdict
from darkfactory.domain.counting import listed
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub

_LONGEST_SECONDS = 60.0
_NAMED = 3
_SEARCHED_BYTES = 1 << 20
_NOTHING = "the tests that it adds or alters pass without its code, too: they prove nothing of it"
_COULD_NOT = "the tests that it adds or alters could not be run without its code"
_HIDDEN = "its base fails by itself, and what fails there hides what its tests say"
_NO_TEST = "it adds and alters no test"
_INSIDE = "its tests lie in files of code, which cannot be taken away and left at once"
_NOT_BUILT = "without its code its tests cannot even be built or loaded, which is weak proof"
_BUILD_FAILED = re.compile(
    r"\berrors? during collection\b|^ERROR collecting |\[build failed\]|\[setup failed\]"
    r"|error: could not compile|Test suite failed to run|ERR_MODULE_NOT_FOUND"
    r"|\berror TS\d+:|unittest\.loader\._FailedTest|COMPILATION ERROR|error CS\d+:",
    re.MULTILINE,
)


def prove(room: GateRoom, change: Change) -> bool:
    """Record whether the tests of *change* fail without its code; tell whether that was tried.

    It is where a person is to judge a change of code that is green. The answer is a fact to read
    and hinders nothing; where nothing was tried, the record says why.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
        RunStopped: If whoever wanted it goes away.
    """
    check = change.check
    if change.state is not ChangeState.WAITING_TASTE or check.get("result") != "pass":
        return False
    base = str(check["base"])
    touched = _touched(room.hub, base, str(check["tree"]))
    if not touched.has_code:
        return False
    untried = _untried(room, change, touched)
    told = {"head": change.head, "base": base, "tree": "", "weak": False}
    if untried:
        room.say("proved", change, {**told, "proves": None, "why": untried})
        return False
    tree = _with_files(room.hub, base, touched.tests)
    message = f"The tests of {change.id} without its code\n"
    commit = room.hub.commit_tree(tree, (base,), message, when=int(change.since))
    lane = room.lane(change)
    answer = _answer(room.test(commit, lane), room.test.known(base, lane))
    said = {"proves": answer.proves, "why": answer.why, "weak": answer.is_weak}
    room.say("proved", change, {**told, "tree": tree, **said})
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


def _untried(room: GateRoom, change: Change, touched: _Touched) -> str:
    """Return why the tests of *change* are not run without its code, empty if they are."""
    if not touched.tests:
        base = str(change.check["base"])
        patch = diff_text(room.hub.path, base, change.head, limit_bytes=_SEARCHED_BYTES)
        inside = any(one.added and TEST_CODE.match(one.text) for one in changed_lines(patch))
        return _INSIDE if inside else _NO_TEST
    seconds = float(change.check.get("seconds") or 0.0)
    if seconds > _LONGEST_SECONDS:
        return f"not tried: the harness takes {seconds:.0f} s"
    return ""


def _with_files(hub: Hub, base: str, entries: tuple[bytes, ...]) -> str:
    """Return the tree of *base* with *entries* put over it."""
    with tempfile.TemporaryDirectory(prefix="df-proof-") as folder:
        index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
        hub.git("read-tree", base, env=index)
        hub.git("update-index", "-z", "--index-info", stdin=b"\0".join((*entries, b"")), env=index)
        return hub.git("write-tree", env=index).text


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a run without the code says; *proves* is None where it cannot be told."""

    proves: bool | None
    why: str
    is_weak: bool = False


def _answer(result: HarnessResult, base: HarnessResult | None) -> _Answer:
    """Return what *result* says of the tests, *base* being what the base says by itself."""
    if result.green:
        return _Answer(False, _NOTHING)
    if result.result is not HarnessVerdict.FAIL:
        return _Answer(None, f"{_COULD_NOT}: {result.note or result.result}")
    failing = result.failing
    if base is not None and not base.green:
        fresh = result.new_failures(base)
        if not fresh:
            return _Answer(None, _HIDDEN) if fresh is None else _Answer(False, _NOTHING)
        failing = fresh
    named = listed(failing, at_most=_NAMED) if failing else "the harness"
    if _BUILD_FAILED.search(result.output):
        return _Answer(True, f"{_NOT_BUILT}: {named}", is_weak=True)
    return _Answer(True, f"without its code fails what passes with it: {named}")
