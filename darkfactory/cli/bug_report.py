"""What a bug of ours leaves behind: a report to send, without what is nobody else's business."""

import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

KEPT = 10
_PREFIX = "darkfactory-bug-"


def write_report(error: BaseException, command: str, *, folder: Path | None = None) -> str:
    """Write down how *error* came about in *command*, and return the path of the report.

    Credentials are masked and paths are shortened to what a reader needs. Of earlier reports of
    this user the latest are kept, ten in all.

    Args:
        folder: Where reports lie; None: where temporary files do.

    Raises:
        OSError: If the folder takes no report.
    """
    with tempfile.NamedTemporaryFile(
        "w",
        dir=folder,
        prefix=_PREFIX,
        suffix=".txt",
        delete=False,
        encoding="utf-8",
        errors="replace",
    ) as report:
        report.write(report_text(error, command, os.environ))
    _keep_latest(Path(report.name).parent)
    return report.name


def report_text(error: BaseException, command: str, environment: Mapping[str, str]) -> str:
    """Return the report of *error* in *command*."""
    import platform
    import traceback

    from darkfactory import __version__

    head = (
        f"darkfactory {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: df {command}\n\n"
    )
    told = "".join(traceback.format_exception(error))
    return head + _masked(_shortened(told, environment), environment)


def _shortened(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* with modules named from where Python finds them, and no home in any path."""
    for folder in sorted(filter(None, sys.path), key=len, reverse=True):
        text = text.replace(f'File "{folder.rstrip(os.sep)}{os.sep}', 'File "')
    home = environment.get("HOME", "").rstrip(os.sep)
    return text.replace(home, "~") if len(home) > 1 else text


def _masked(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* without the values of secret variables and what looks like a credential."""
    from darkfactory.changes.secret_forms import FORMS
    from darkfactory.sessions.redact import Redactor, is_secret

    secrets = {name: value for name, value in environment.items() if is_secret(name, value)}
    cleaned = str(Redactor(secrets).value(text))
    for form in FORMS:
        cleaned = form.pattern.sub(lambda found: found[0].replace(found["value"], "***"), cleaned)
    return cleaned


def _keep_latest(folder: Path) -> None:
    """Remove all but the latest reports of this user from *folder*."""
    found = []
    for path in folder.glob(f"{_PREFIX}*.txt"):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            found.append((status.st_mtime_ns, path))
    for _, path in sorted(found)[:-KEPT]:
        path.unlink(missing_ok=True)
