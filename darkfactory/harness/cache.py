"""Results of runs by what was run where, so that the same tree is not tested twice.

Only a run that ended by itself is a result: what was stopped, could not start or ran out of disk
is not stored. Each result has the whole output beside it.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.files import read_json, write_json
from darkfactory.harness.run import RunStopped, Stopped, never
from darkfactory.locks import try_lock

_SHAPE = 1
_LOOK_SECONDS = 0.05
_STORED = {HarnessVerdict.PASS, HarnessVerdict.FAIL}


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What decides a result: the *tree*, what is run (*harness*) and on what (*environment*)."""

    tree: str
    harness: str
    environment: str

    @property
    def name(self) -> str:
        """The key as a file name."""
        whole = f"{self.tree}\0{self.harness}\0{self.environment}"
        return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:40]


class HarnessCache:
    """A folder of results; several processes may use it at once."""

    def __init__(self, folder: str | os.PathLike[str], *, keep: int = 200) -> None:
        self._folder = os.fspath(folder)
        self._keep = keep

    def get(self, key: CacheKey) -> HarnessResult | None:
        """Return the stored result, or None; a file that is no result of ours counts as none."""
        return _result(read_json(self._file(key, "json")), key)

    def put(self, key: CacheKey, result: HarnessResult) -> bool:
        """Store *result*; tell whether it is one that may be stored.

        Raises:
            DiskFull: If the disk has no room; then nothing is stored.
        """
        if result.result not in _STORED or result.exit_code is None:
            return False
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        write_json(self._file(key, "json"), {"shape": _SHAPE, **asdict(key), **asdict(result)})
        self._trim()
        return True

    def log(self, key: CacheKey) -> str:
        """Return the path of the output of the last run for *key*, whatever came of it."""
        return self._file(key, "log")

    def once(
        self,
        key: CacheKey,
        run: Callable[[str], HarnessResult],
        *,
        stopped: Stopped = never,
        again: bool = False,
    ) -> tuple[HarnessResult, bool]:
        """Return the stored result, or that of *run*, and whether it was stored before.

        While one process runs it, others that ask for the same key wait and get its result.

        Args:
            run: Gets the path where the output belongs.
            stopped: Asked while another process runs it; a yes ends the waiting.
            again: Run it whatever is stored.

        Raises:
            RunStopped: If *stopped* said yes.
        """
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with self._turn(key, stopped):
            stored = None if again else self.get(key)
            if stored is not None:
                return stored, True
            result = run(self.log(key))
            self.put(key, result)
            return result, False

    def _file(self, key: CacheKey, kind: str) -> str:
        return os.path.join(self._folder, f"{key.name}.{kind}")

    @contextlib.contextmanager
    def _turn(self, key: CacheKey, stopped: Stopped) -> Iterator[None]:
        path = self._file(key, "lock")
        descriptor = _lock(path, stopped)
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            os.close(descriptor)

    def _trim(self) -> None:
        """Forget the oldest results and outputs beyond the number to keep."""
        newest: dict[str, float] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                stem, kind = os.path.splitext(entry.path)
                with contextlib.suppress(FileNotFoundError):
                    if kind in (".json", ".log"):
                        newest[stem] = max(newest.get(stem, 0.0), entry.stat().st_mtime)
        oldest_first = sorted(newest, key=lambda stem: newest[stem])
        for stem in oldest_first[: max(0, len(newest) - self._keep)]:
            for kind in (".json", ".log"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(stem + kind)


def _lock(path: str, stopped: Stopped) -> int:
    """Return a descriptor that holds *path* alone; the holder before may have removed the file."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        held = try_lock(descriptor)
        with contextlib.suppress(FileNotFoundError):
            if held and os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return descriptor
        os.close(descriptor)
        if stopped():
            raise RunStopped(os.path.basename(path))
        if not held:
            time.sleep(_LOOK_SECONDS)


def _result(body: Any, key: CacheKey) -> HarnessResult | None:
    """Return the result that *body* holds, or None: it may be cut, edited or of another shape."""
    if not isinstance(body, dict) or body.get("shape") != _SHAPE:
        return None
    if any(body.get(name) != value for name, value in asdict(key).items()):
        return None
    code = body.get("exit_code")
    if type(code) is not int or body.get("result") != ("pass" if code == 0 else "fail"):
        return None
    try:
        return HarnessResult(
            tree=key.tree,
            result=HarnessVerdict(body["result"]),
            passed=_count(body["passed"]),
            failed=_count(body["failed"]),
            failing=tuple(str(name) for name in body["failing"]),
            seconds=float(body["seconds"]),
            exit_code=code,
            output=str(body["output"]),
            complete=body["complete"] is True,
            note=str(body["note"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _count(value: Any) -> int | None:
    return None if value is None else int(value)
