"""The command line: one file a command, and render.py; the only code that meets a terminal.

This module is all that a fast answer loads (version, hand-over to disk-free), so it imports nothing
but the standard library's smallest parts.
"""

import os
import sys

from darkfactory import __version__


def main(argv: list[str] | None = None) -> int:
    """Answer the command line; return the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"darkfactory {__version__}\n")
        return 0
    if os.path.basename(sys.argv[0]) == "df":
        from darkfactory.cli.disk_free import hand_over

        hand_over(arguments)
    from darkfactory.cli.boundary import run

    return run(arguments)
