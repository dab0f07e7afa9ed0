"""Find out what can hold a process tree on this host: by trying, not by looking at versions."""

import functools
import os
import shutil
import subprocess
import sys

from darkfactory.processes import bubblewrap, landlock, restrict
from darkfactory.processes.bounds import Bounds, HostFences, Lack

_NOTHING = Bounds(write=(), hide=(), show=(), temp="", network="off")
_PATIENCE_SECONDS = 10
_APPARMOR_FIX = (
    "give bwrap an AppArmor profile that allows userns (Ubuntu: bwrap-userns-restrict of the "
    "package apparmor-profiles), or set kernel.apparmor_restrict_unprivileged_userns=0"
)
_USER_NAMESPACES = (  # file, value that shuts them, what opens them again
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", _APPARMOR_FIX),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "set kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "set user.max_user_namespaces above 0"),
)


@functools.cache
def probe() -> HostFences:
    """Return what works here. Runs bubblewrap once; later calls of this process are free."""
    if sys.platform != "linux":
        lack = Lack(
            f"agents cannot be confined on {sys.platform}: bubblewrap and Landlock are of Linux",
            "run the factory on Linux or in a container, or accept it with --unconfined",
        )
        return HostFences(None, 0, sockets=False, root=False, python="", lacks=(lack,))
    return _linux()


def _linux() -> HostFences:
    python = sys.executable or ""
    abi = restrict.landlock_abi() if python else 0
    known = bool(python) and os.uname().machine in restrict.MACHINES
    found = HostFences(
        bubblewrap=_absolute(shutil.which("bwrap")),
        landlock=abi,
        sockets=known,
        root=os.geteuid() == 0,
        python=python,
        runtime=_runtime(),
    )
    works, lacks = _tried(found)
    return HostFences(
        bubblewrap=found.bubblewrap if works else None,
        landlock=abi,
        sockets=known,
        root=found.root,
        python=python,
        runtime=found.runtime,
        lacks=(*lacks, *_landlock_lacks(abi)),
    )


def _absolute(program: str | None) -> str | None:
    return None if program is None else os.path.abspath(program)


def _runtime() -> tuple[str, ...]:
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(dict.fromkeys((sys.prefix, sys.base_prefix, os.path.dirname(package))))


def _tried(host: HostFences) -> tuple[bool, tuple[Lack, ...]]:
    """Run ``true`` inside the very fence that agents get."""
    if host.bubblewrap is None:
        install = "install the package `bubblewrap` (apt, dnf, pacman and apk have it)"
        return False, (Lack("bubblewrap is not installed", install),)
    argv = [*bubblewrap.command(_NOTHING, host), "--", shutil.which("true") or "/bin/true"]
    try:
        tried = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, (Lack(f"bubblewrap does not run: {error}", _namespace_fix()),)
    if tried.returncode:
        said = tried.stderr.decode("utf-8", "replace").strip() or f"status {tried.returncode}"
        return False, (Lack(f"bubblewrap does not work: {said}", _namespace_fix()),)
    return True, ()


def _namespace_fix() -> str:
    for path, shut, fix in _USER_NAMESPACES:
        try:
            with open(path, encoding="ascii") as file:
                if file.read().strip() == shut:
                    return fix
        except OSError:
            continue  # this kernel has no such switch
    return (
        "bubblewrap 0.5 or newer must be able to make user namespaces and mount /proc; "
        "inside a container, run that with fewer restrictions"
    )


def _landlock_lacks(abi: int) -> tuple[Lack, ...]:
    if abi >= landlock.PORTS_ABI:
        return ()
    if abi:
        problem = f"Landlock {abi} of this kernel cannot limit TCP ports"
        return (Lack(problem, "Linux 6.7 or newer"),)
    fix = "a kernel with CONFIG_SECURITY_LANDLOCK and `landlock` in its lsm= list (6.7 or newer)"
    return (Lack("the kernel has no Landlock: TCP ports cannot be limited", fix),)
