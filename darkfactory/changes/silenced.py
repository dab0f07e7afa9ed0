"""Switches that silence the checks: each with its place."""

import posixpath
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
    r"|\bpytest_(?:collection_modifyitems|ignore_collect|pyfunc_call|runtest_protocol"
    r"|runtest_makereport|runtest_call|sessionfinish|report_teststatus|make_collect_report)\b"
    r"|\bcoverageThreshold\b|--cov-fail-under|\bsoft_fail\b|\bsuccess_codes\b|\bcontinue_on_error\b"
    r"|\bif:\s{0,9}(?:false\b|\$\{\{\s{0,9}false)|\bwhen:\s{0,9}never\b"
    r"|\btestpaths\b|\bpython_(?:files|classes|functions)\b|(?<![\w-])-p[= ](?!no:)\w"
    r"|\bcollect_ignore\b|\btestPathIgnorePatterns\b|\bfail_under\s*=|--exitfirst=0|\|\|\s*echo\b"
)


_RECIPES = re.compile(r"(?:gnu)?makefile|\.?justfile|.+\.mk", re.IGNORECASE)
_UNHEEDED = re.compile(r"[ \t]+@?-@?\w[^\s=]*")


def silenced(lines: Iterable[Line]) -> tuple[str, ...]:
    """Return the places where *lines* add, to tests or to what runs them, a way to pass anyway."""
    return tuple(
        f"{line.path}:{line.number} adds {match[0].strip()!r}"
        for line in lines
        if line.added
        and (is_test(line.path) or _decides(line.path))
        and (match := _SILENCED.search(line.text[:1000]) or _unheeded(line))
    )


def _unheeded(line: Line) -> re.Match[str] | None:
    """Return the mark by which make and just go on although a command fails."""
    is_recipe = bool(_RECIPES.fullmatch(posixpath.basename(line.path)))
    return _UNHEEDED.match(line.text[:1000]) if is_recipe else None


def _decides(path: str) -> bool:
    return decides_checks(path) or is_manifest(path) or path.endswith(".sh")
