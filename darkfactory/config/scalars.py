"""What a YAML word without quotes means, where all readers of YAML agree on it.

Everything else that looks like a number or a truth to one version of YAML and like text to another
is refused: a configuration must not change its meaning with the reader.
"""

import re


class BadYaml(Exception):
    """A text that is not the YAML we read; *line* counts from 1."""

    def __init__(self, line: int, problem: str, fix: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem
        self.fix = fix


_NULL = re.compile(r"|~|null|Null|NULL")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})")
_TRAPS = (
    (
        re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"),
        "a truth to some YAML readers and a word to others",
        "write true or false, or quote the word",
    ),
    (
        re.compile(r"[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*_[0-9_.]*"),
        "a number that YAML readers disagree on",
        "write it in plain decimal, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "a number to base 60 to some YAML readers",
        "quote it if it is text; durations are written 90s, 10m, 2h",
    ),
    (
        re.compile(
            r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE
        ),
        "a number that is out of range or in exponents",
        "write it in plain decimal, or quote it if it is text",
    ),
)


def meaning(text: str, line: int) -> str | int | float | bool | None:
    """Return what the unquoted word *text* on *line* stands for.

    Raises:
        BadYaml: If YAML readers disagree on it (``no``, ``010``, ``1:30``, ``1e3``, ``.inf``).
    """
    if _NULL.fullmatch(text):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    for trap, reading, fix in _TRAPS:
        if trap.fullmatch(text):
            raise BadYaml(line, f"{text[:40]} without quotes is {reading}", fix)
    return text
