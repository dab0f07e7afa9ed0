"""How many files this process, and whatever it starts, may have open at once."""

import contextlib
import resource

# Enough for what agents and test suites open; far below where programs that close every possible
# descriptor, or keep a table of all of them, begin to feel it.
_COMFORTABLE = 4096


def raise_open_files() -> int:
    """Raise the limit of open files as far as is useful and allowed; return what it is now.

    Shells start with as few as 256 (macOS) where the system would give thousands.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _COMFORTABLE if hard == resource.RLIM_INFINITY else min(_COMFORTABLE, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # a host with rules of its own: keep ours
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _COMFORTABLE if now == resource.RLIM_INFINITY else now
