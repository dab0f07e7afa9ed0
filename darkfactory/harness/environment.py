"""What the checks see of this machine, and a name for all of it that can change a result."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping

from darkfactory.domain.settings import HarnessSettings

MARKER = "DF_HARNESS"

_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME")

# Tool chains look for themselves below HOME, which is private here. These name programs, not
# settings: folders that may hold credentials (CARGO_HOME, ~/.m2, ~/.npmrc) stay out.
_TOOLCHAINS = {
    "ASDF_DATA_DIR": ".asdf",
    "CONDA_PREFIX": None,
    "DOTNET_ROOT": ".dotnet",
    "GOROOT": None,
    "JAVA_HOME": None,
    "MISE_DATA_DIR": ".local/share/mise",
    "NVM_DIR": ".nvm",
    "PYENV_ROOT": ".pyenv",
    "RBENV_ROOT": ".rbenv",
    "RUSTUP_HOME": ".rustup",
    "SDKMAN_DIR": ".sdkman",
    "VIRTUAL_ENV": None,
    "VOLTA_HOME": ".volta",
}

_TOOLS = (
    "bash",
    "bun",
    "cargo",
    "cc",
    "cmake",
    "deno",
    "dotnet",
    "go",
    "gradle",
    "java",
    "make",
    "mvn",
    "node",
    "npm",
    "php",
    "pytest",
    "python",
    "python3",
    "ruby",
    "rustc",
    "uv",
)
# Which version a shim starts is written here, relative to the variable's folder.
_CHOICES = (("RUSTUP_HOME", "settings.toml"), ("PYENV_ROOT", "version"), ("RBENV_ROOT", "version"))


def check_environment(
    caller: Mapping[str, str],
    settings: HarnessSettings,
    *,
    home: str,
    temp: str,
    run: str,
    is_folder: Callable[[str], bool] = os.path.isdir,
) -> dict[str, str]:
    """Return the whole environment of one run of the checks.

    The caller's search path, locale and tool chains, then ``harness.env``, then what no setting
    may change: the private home, the temporary folder, the marker by which *run* is swept.
    Python writes no byte code, so that no run leaves a cache for the next one to believe.
    """
    made = {name: caller[name] for name in _PASSED if name in caller}
    made.setdefault("PATH", os.defpath)
    if not any(name in made for name in ("LANG", "LC_ALL", "LC_CTYPE")):
        made["LANG"] = "C.UTF-8"
    made.update(_toolchains(caller, is_folder))
    made["PYTHONDONTWRITEBYTECODE"] = "1"
    made.update(settings.env)
    made.update(HOME=home, TMPDIR=temp, **{MARKER: run})
    return made


def _toolchains(
    caller: Mapping[str, str], is_folder: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    for name, usual in _TOOLCHAINS.items():
        if name in caller:
            yield name, caller[name]
        elif usual and "HOME" in caller and is_folder(os.path.join(caller["HOME"], usual)):
            yield name, os.path.join(caller["HOME"], usual)


def harness_id(command: str, settings: HarnessSettings) -> str:
    """Return the name of what is run: the command and every setting that can change its result."""
    return _hash(
        [command, sorted(settings.env.items()), settings.timeout_seconds, settings.network]
    )


def environment_id(environment: Mapping[str, str], extra: Iterable[str] = ()) -> str:
    """Return a name for this machine as the checks see it; costs a few hundred file stats.

    Args:
        environment: What :func:`check_environment` made.
        extra: Further facts, such as the state of dependency folders that outlive a tree.
    """
    own = os.uname()
    stable = {key: environment[key] for key in environment if key not in ("HOME", "TMPDIR", MARKER)}
    facts: list[object] = [own.sysname, own.machine, sorted(stable.items()), sorted(extra)]
    path = environment.get("PATH", os.defpath)
    facts += [[tool, *_identity(shutil.which(tool, path=path))] for tool in _TOOLS]
    facts += [_choice(environment, name, file) for name, file in _CHOICES]
    return _hash(facts)


def _identity(program: str | None) -> list[object]:
    """Return what changes when *program* or the packages beside it are replaced."""
    if program is None:
        return []
    real = os.path.realpath(program)
    found: list[object] = [real, *_stat(real)]
    if os.path.basename(program).startswith("python"):
        found += _packages(os.path.dirname(os.path.dirname(program)))
    return found


def _packages(prefix: str) -> list[object]:
    """Return the states of the package folders of the Python installed at *prefix*."""
    lib = os.path.join(prefix, "lib")
    try:
        versions = sorted(name for name in os.listdir(lib) if name.startswith("python3"))
    except OSError:
        return []
    places = [
        os.path.join(lib, version, kind)
        for version in versions
        for kind in ("site-packages", "dist-packages")
    ]
    return [[place, *_stat(place)] for place in places if os.path.isdir(place)]


def _stat(path: str) -> list[int]:
    try:
        found = os.stat(path)
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def _choice(environment: Mapping[str, str], name: str, file: str) -> str:
    try:
        with open(os.path.join(environment[name], file), "rb") as opened:
            return hashlib.sha256(opened.read(1 << 16)).hexdigest()
    except (KeyError, OSError):
        return ""


def _hash(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
