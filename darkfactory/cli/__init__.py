"""One file a command, and render.py; the only code that meets a terminal."""

import sys


def main() -> int:
    """Answer the command line; return the exit status."""
    sys.stderr.write("error: no command is built yet\n  fix: see CHANGELOG.md\n")
    return 70
