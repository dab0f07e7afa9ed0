"""Hold what an agent says of files against what the change touches."""

import re
from collections.abc import Iterable

from darkfactory.changes.known import Facts, Verdict, listed
from darkfactory.changes.paths import is_generated, is_lock, is_test
from darkfactory.changes.wording import Statement
from darkfactory.changes.wording_files import DOCUMENTS, TESTS
from darkfactory.domain.change import FileDelta


def file_changed(statement: Statement, facts: Facts) -> Verdict:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", True
    if statement.subject.startswith(("/", "..", "~")):
        return f"{statement.subject} lies outside of the tree", None
    return f"the change does not touch {statement.subject}", False


def file_created(statement: Statement, facts: Facts) -> Verdict:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", True
    # It may have been for a trial, or may be ignored by git.
    return f"{statement.subject} is not part of the change", None


def file_deleted(statement: Statement, facts: Facts) -> Verdict:
    touched = _touched(statement.subject, facts)
    if any(delta.status in "DR" for delta in touched):
        return f"the change deletes {statement.subject}", True
    if touched:
        return f"the change touches {statement.subject} and does not delete it", None
    # A file that was made and removed again leaves no trace in the change.
    return f"the change does not touch {statement.subject}", None


def file_kept(statement: Statement, facts: Facts) -> Verdict:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", False
    return f"the change does not touch {statement.subject}", True


def _touched(subject: str, facts: Facts) -> list[FileDelta]:
    """Return the deltas that *subject*, a path as people write it, may mean."""
    wanted = subject.removeprefix("./").casefold()
    return [delta for delta in facts.deltas if any(_means(wanted, path) for path in delta.paths)]


def _means(wanted: str, path: str) -> bool:
    found = path.casefold()
    name = found.rpartition("/")[2]
    return (
        found == wanted
        or found.endswith(f"/{wanted}")
        or wanted.endswith(f"/{found}")
        or ("." not in wanted and name.partition(".")[0] == wanted)
    )


_DOCUMENT = re.compile(r"(?:docs?/.*|.*\.(?:md|rst|adoc|txt)|.*/docs?/.*)", re.IGNORECASE)


def only_changed(statement: Statement, facts: Facts) -> Verdict:
    """Look for what else the change touches.

    Generated files and lock files follow from others. A file that the summary names elsewhere was
    not kept from anyone, so it refutes nothing.
    """
    named = statement.subject.split() or statement.beside
    if not named or not facts.deltas:
        return "which files it means cannot be told", None
    others = [delta.path for delta in facts.deltas if not _is_among(delta, named)]
    others = [path for path in others if not (is_generated(path) or is_lock(path))]
    if not others:
        return "the change touches nothing else", True
    fact = f"the change also touches {listed(others)}"
    beside = [delta.path for delta in facts.deltas if _is_among(delta, statement.beside)]
    return (f"{fact}, which it names", None) if set(others) <= set(beside) else (fact, False)


def _is_among(delta: FileDelta, names: Iterable[str]) -> bool:
    return any(_is_meant(name, path) for name in names for path in delta.paths)


def _is_meant(name: str, path: str) -> bool:
    if name == TESTS:
        return is_test(path)
    if name == DOCUMENTS:
        return bool(_DOCUMENT.fullmatch(path))
    wanted = name.removeprefix("./").casefold()
    inside = wanted.endswith("/") and f"/{path.casefold()}".find(f"/{wanted}") >= 0
    return inside or _means(wanted, path)
