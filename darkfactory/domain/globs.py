"""Path patterns of lanes.yaml: ``*`` and ``?`` inside one folder, ``**`` across folders."""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    out = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return re.compile(out)


def matching(path: str, patterns: Iterable[str]) -> str | None:
    """Return the first of *patterns* that matches the whole of *path*, or None."""
    return next((pattern for pattern in patterns if _compiled(pattern).fullmatch(path)), None)
