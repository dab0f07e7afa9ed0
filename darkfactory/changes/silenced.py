"""Switches that silence the checks: each with its place."""

import re
from collections.abc import Iterable

from darkfactory.changes.paths import decides_checks, is_manifest, is_test
from darkfactory.changes.unified import Line

_SILENCED = re.compile(
    r"\|\|\s*(?:true|:|exit 0)(?=\s*(?:$|[;#)\"'&]))|\bcontinue-on-error:\s*true"
    r"|\ballow_failure:\s*true|--passWithNoTests|--deselect[= ]|--ignore(?:-glob)?[= ]"
    r"|-k ['\"]?not "
    r"|\bset \+e\b|\bexit 0\s*$"
    r"|\b(?:sys\.exit|os\._exit|process\.exit)\(0?\)|--no-verify|\ballow_module_level\s*=\s*True"
    r"|\bexitstatus\s*=\s*0|\bfunc TestMain\(|\bdef load_tests\b|\b__test__\s*=\s*False"
    r"|\bpytest_(?:collection_modifyitems|ignore_collect|pyfunc_call|runtest_protocol)\b"
    r"|\bcollect_ignore\b|\btestPathIgnorePatterns\b|\bfail_under\s*=|--exitfirst=0|\|\|\s*echo\b"
)


def silenced(lines: Iterable[Line]) -> tuple[str, ...]:
    """Return the places where *lines* add, to tests or to what runs them, a way to pass anyway."""
    return tuple(
        f"{line.path}:{line.number} adds {match[0].strip()!r}"
        for line in lines
        if line.added
        and (is_test(line.path) or _decides(line.path))
        and (match := _SILENCED.search(line.text[:1000]))
    )


def _decides(path: str) -> bool:
    return decides_checks(path) or is_manifest(path) or path.endswith(".sh")
