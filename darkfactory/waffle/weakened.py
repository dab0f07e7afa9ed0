"""Whether the words of a call make a check weaker: what is skipped, emptied, removed, silenced."""

import re
from collections.abc import Iterator
from posixpath import basename, join

_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing)/\S"
    r"|(?:^|/)(?:test_[^/\s]*|[^/\s]*(?:_test|_spec|\.test|\.spec|Test|Tests)|conftest)\.[a-z]{1,4}$"
)
_CHECK_FILE = re.compile(
    r"(?:^|/)(?:\.github/workflows/|\.gitlab-ci|\.circleci/|azure-pipelines|\.travis|Jenkinsfile"
    r"|Makefile$|justfile$|tox\.ini$|noxfile|pytest\.ini$|setup\.cfg$|jest\.config|vitest\.config"
    r"|\.pre-commit|conftest\.py$|(?:run[_-]?)?(?:tests?|checks?|ci)\.sh$)"
)
_SKIPPED = re.compile(
    r"\bmark\.(?:skip|xfail)\b|@(?:unittest\.)?skip\b|\b(?:it|test|describe)\.skip\(|\bx(?:it|describe)\("
    r"|\bt\.Skip\(|@(?:Disabled|Ignore)\b|#\[ignore\]|\bpytest\.skip\(|\bskipTest\("
)
_EMPTIED = re.compile(
    r"\bassert (?:True|1)\b|\bexpect\(true\)|\bassertTrue\(True\)"
    r"|\bdef test\w*\([^)]*\)[^:\n]*:\s*(?:pass|\.\.\.|return)\b|/assert[^/]*/d"
)
_SILENCED = re.compile(
    r"\|\|\s*(?:true|:)(?:\W|$)|\bexit[ (]0\b|\bcontinue-on-error:\s*true|--ignore\b|--deselect\b"
    r"|-k ['\"]?not |--exit-zero|\bset \+e\b|(?:\\t|\t|:\s*)true\b|--passWithNoTests"
    r"|\bitems\.clear\(\)|\bitems\[:\]\s*=\s*\[\]|\bcollect_ignore\b|\bpytest_ignore_collect\b"
)
_TEST = re.compile(
    r"\bdef (test\w*)|\bfunc (Test\w*)|@Test\b[^(]{0,200}?\b(\w+)\(|#\[test\]\s*\+?\s*fn (\w+)"
    r"|\b(?:it|test|specify)\(\s*['\"`]([^'\"`]+)"
)
_CHECKS = re.compile(r"\bassert|\bexpect\b|\bshould\b|\brequire\.|\bt\.(?:Error|Fatal)")
_REMOVES = re.compile(
    r"(?:^|[;&|\n]\s*)(?:sudo )?(?:(?:git )?rm|unlink|shred)\s+(?:-\S+\s+)*([^;&|\n]+)"
    r"|\b(?:os\.(?:remove|unlink)|(?:shutil\.)?rmtree|Path)\(\s*['\"]([^'\"\n]+)['\"]"
)
_FINDS = re.compile(r"\bfind\s+([^;&|\n]*?)(?:-delete\b|-exec\s+rm\b)")
_PATTERN = re.compile(r"-i?name\s+['\"]?([^'\"\s]+)")
_MOVES = re.compile(r"(?:^|[;&|\n]\s*)(?:git )?mv\s+(?:-\S+\s+)*([^\s;&|]+)\s+([^\s;&|]+)")
_TRUNCATES = re.compile(
    r"(?:^|[;&|\n]\s*)(?::|true|cat /dev/null|(?:echo|printf)(?: -n)?(?: ''| \"\")?)?\s*"
    r"(?<!>)>\s*([\w./-]+)\s*(?:$|[;&|\n])"
    r"|\btruncate\s[^;&|\n]*?-s\s*0\s+([\w./-]+)|\bcp /dev/null\s+([\w./-]+)"
)
_OF_TESTS = re.compile("test|spec", re.IGNORECASE)
_FOLDER = re.compile(r"(?:^|/)(?:tests?|__tests__|specs?)/?$")
_ELSEWHERE = ("/tmp", "/var/tmp", "/dev/", "~")  # noqa: S108 - looked for, not used


def tests_of(text: str) -> frozenset[str]:
    """Return the names of the tests that begin in *text*."""
    return frozenset(next(filter(None, found), "") for found in _TEST.findall(text))


def is_test_file(path: str) -> bool:
    """Tell whether *path* is by its name one of tests, or lies where they do."""
    return _TEST_FILE.search(path) is not None


def is_emptied(path: str, content: str) -> bool:
    """Tell whether *path*, a file of tests by its own name, has none in its new *content*."""
    own = _TEST_FILE.search(basename(path)) is not None and not basename(path).startswith("conft")
    return own and not tests_of(content) and _CHECKS.search(content) is None


def softened(path: str, said: str, before: str = "") -> str:
    """Return how *said*, new in the file *path* instead of *before*, makes a check weaker."""
    if is_test_file(path):
        for what in (_SKIPPED, _EMPTIED):
            if len(what.findall(said)) > len(what.findall(before)):
                name = basename(path.rstrip("/"))
                return f"{name} tests less than before: a test is skipped or asserts nothing"
    if _CHECK_FILE.search(path) and len(_SILENCED.findall(said)) > len(_SILENCED.findall(before)):
        return f"{basename(path)} was changed so that a failing check passes"
    return ""


def lost_files(command: str) -> Iterator[tuple[str, str]]:
    """Yield each test file that *command* takes away, and what it does to it."""
    yield from ((path, "removed") for path in _removed(command))
    yield from ((path, "moved to where no test is looked for") for path in _moved(command))
    yield from ((path, "emptied") for path in map(_named, _TRUNCATES.findall(command)))


def _removed(command: str) -> Iterator[str]:
    for names, named in _REMOVES.findall(command):
        yield from filter(_is_lost, (*names.split(), named))
    for rest in _FINDS.findall(command):
        pattern = _PATTERN.search(rest)
        what = pattern[1] if pattern else ""
        places = [word for word in rest.split() if _FOLDER.search(word)]
        if places and (not what or _OF_TESTS.search(what)):
            yield join(places[0], what or "*")


def _moved(command: str) -> Iterator[str]:
    for source, target in _MOVES.findall(command):
        where = join(target, basename(source)) if target.endswith("/") else target
        stays = is_test_file(where) and not where.startswith(_ELSEWHERE)
        if _is_lost(source) and not stays and not _FOLDER.search(target):
            yield source


def _named(found: tuple[str, ...]) -> str:
    return next(filter(_is_lost, found), "")


def _is_lost(path: str) -> bool:
    return "/" in path and is_test_file(path) and not path.startswith(_ELSEWHERE)
