"""Results as JUnit XML, which every CI shows."""

import re
from collections import defaultdict
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from darkfactory.evals.report import latest
from darkfactory.evals.result import CellResult

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Iterable[CellResult]) -> str:
    """Return *results* as JUnit: a suite for each condition and agent, a case for each cell.

    A strict pass passes, another graded cell fails, and one that proves nothing is an error.
    """
    groups: dict[str, list[CellResult]] = defaultdict(list)
    for one in latest(results):
        groups[f"{one.condition} by {one.agent}"].append(one)
    suites = "".join(_suite(name, cells) for name, cells in sorted(groups.items()))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n{suites}</testsuites>\n'


def _suite(name: str, cells: list[CellResult]) -> str:
    failures = sum(one.proves and not one.strict for one in cells)
    errors = sum(not one.proves for one in cells)
    cases = "".join(_case(name, one) for one in cells)
    counts = f'tests="{len(cells)}" failures="{failures}" errors="{errors}"'
    return f" <testsuite name={_quoted(name)} {counts}>\n{cases} </testsuite>\n"


def _case(suite: str, one: CellResult) -> str:
    name = f"{one.scenario} #{one.repeat}"
    time = "" if one.seconds is None else f' time="{one.seconds:.3f}"'
    head = f"  <testcase classname={_quoted(suite)} name={_quoted(name)}{time}"
    if not one.proves:
        return f"{head}><error message={_quoted(one.problem or one.outcome)}/></testcase>\n"
    if one.strict:
        return f"{head}/>\n"
    told = "\n".join(f"{check.id}: {check.why}" for check in one.failed)
    message = f"{one.completeness or 0:.0%} complete"
    body = f"<failure message={_quoted(message)}>{escape(_plain(told))}</failure>"
    return f"{head}>{body}</testcase>\n"


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
