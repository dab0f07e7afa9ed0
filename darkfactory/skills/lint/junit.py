"""Findings as JUnit XML: a suite a skill, a failed case an error or a warning."""

import re
from collections.abc import Sequence

from darkfactory.skills.lint.report import Linted
from darkfactory.skills.lint.rule import Finding

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(linted: Sequence[Linted]) -> str:
    """Return *linted* as one JUnit document; a skill without findings is a case that passed.

    What merely informs is left out: a report of tests knows passed and failed only, and no
    warning fails. So errors are failures, and warnings are cases with their text as output.
    """
    suites = "".join(map(_suite, linted))
    whole = f'<testsuites name="skills">\n{suites}</testsuites>'
    # In ASCII it is what its first line says, whatever encoding it is written in.
    plain = whole.encode("ascii", "xmlcharrefreplace").decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{plain}'


def _suite(each: Linted) -> str:
    told = [found for found in each.findings if found.severity != "info"]
    errors = sum(found.severity == "error" for found in told)
    cases = "".join(_case(found, each) for found in told) or (
        f'    <testcase classname="{_text(each.name)}" name="no findings"/>\n'
    )
    count = f'tests="{len(told) or 1}" failures="{errors}"'
    return f'  <testsuite name="{_text(each.name)}" {count}>\n{cases}  </testsuite>\n'


def _case(found: Finding, each: Linted) -> str:
    place = found.file if found.line is None else f"{found.file}:{found.line}"
    name = f'classname="{_text(each.name)}" name="{_text(f"{found.rule} {place}")}"'
    said = _text(f"{found.message}\nwhy: {found.why}\nfix: {found.fix}")
    if found.severity == "error":
        message = f'message="{_text(found.message)}" type="{found.rule}"'
        return f"    <testcase {name}><failure {message}>{said}</failure></testcase>\n"
    return f"    <testcase {name}><system-out>{said}</system-out></testcase>\n"


def _text(text: str) -> str:
    """Return *text* for an attribute or an element, without what XML cannot hold."""
    plain = _NOT_XML.sub("\ufffd", text)
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        plain = plain.replace(sign, name)
    return plain.replace("\n", "&#10;")
