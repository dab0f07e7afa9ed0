"""The command line: one file a command, and render.py; the only code that meets a terminal.

This module is all that a fast answer loads (version, hand-over to disk-free), so it imports nothing
but the standard library's smallest parts.
"""

import os
import sys

from darkfactory import __version__

_ROOM_BYTES = 64 << 20


def main(argv: list[str] | None = None) -> int:
    """Answer the command line; return the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"darkfactory {__version__}\n")
        return 0
    if os.path.basename(sys.argv[0]) == "df":
        from darkfactory.cli.disk_free import hand_over

        hand_over(arguments)
    _spare_compiled_modules()
    from darkfactory.cli.boundary import run

    return run(arguments)


def _spare_compiled_modules() -> None:
    """Compile nothing where room is short: Python would keep the half of a module that fits.

    No command would start again then (https://github.com/python/cpython/issues/126606).
    """
    import resource

    disk = os.statvfs(os.path.dirname(__file__))
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    limited = limit not in (resource.RLIM_INFINITY, -1) and limit < _ROOM_BYTES
    if limited or disk.f_bavail * disk.f_frsize < _ROOM_BYTES:
        sys.dont_write_bytecode = True
