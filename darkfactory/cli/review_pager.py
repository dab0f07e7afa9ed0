"""Show a diff in the reader's own pager: a command of theirs, which gets the diff to read."""

import os
import subprocess
from collections.abc import Mapping

from darkfactory.cli.output import plain
from darkfactory.cli.review_desk import Paged

_USUAL = "less -R"


def show_in_pager(
    paged: Paged, *, command: str | None, root: str, caller: Mapping[str, str]
) -> int:
    """Run *command* in *root* on the terminal until its user leaves it; return its exit status.

    Nothing of the change is part of the command: the diff is its standard input, without what a
    terminal would obey, and the commits are in variables.

    Args:
        command: As lanes.yaml says; None: what *caller*, the environment, has for a pager.
    """
    chosen = command or caller.get("PAGER") or _USUAL
    names = {"DF_HUB": paged.hub, "DF_BASE": paged.base, "DF_HEAD": paged.head}
    text = "\n".join(map(plain, paged.text.split("\n")))
    done = subprocess.run(
        ["/bin/sh", "-c", chosen],
        input=text.encode("utf-8", "surrogateescape"),
        cwd=root,
        env={**caller, **names},
        check=False,
    )
    return done.returncode


def caller_environment() -> dict[str, str]:
    """Return the environment of whoever reads."""
    return dict(os.environ)
