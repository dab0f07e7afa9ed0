"""Install the real agent programs that `make test-clients` drives, at pinned versions.

    python -m scripts.clients install [NAME]...
    python -m scripts.clients path NAME

They are fetched with npm, or with pip where a wheel carries the same program, into
``.cache/clients`` (``DARKFACTORY_CLIENTS`` names another folder). Those that are JavaScript
(gemini, qwen, and the two whose names end in ``-acp``, around two others) run on a Node of their
own, which is there as well.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import FactoryError, NotReady
from darkfactory.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
FETCH_SECONDS = 900
NAMES = (
    *("claude", "codex", "opencode", "node", "claude-agent-acp", "codex-acp"),
    *("gemini", "qwen"),
)
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class ClientMissing(NotReady):
    """An agent program that the tests want is not installed."""

    code = "clients.missing"

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(
            f"{name} is not installed in {folder}", fix=f"python -m scripts.clients install {name}"
        )


class CannotFetch(NotReady):
    """No package tool on this machine could fetch a program."""

    code = "clients.fetch"

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{name} could not be fetched: {'; '.join(reasons)}",
            fix="install npm, see that it reaches its registry, then run this again",
        )


class WrongProgram(NotReady):
    """What was fetched does not run here, or is another version."""

    code = "clients.version"

    def __init__(self, name: str, wanted: str, said: str) -> None:
        super().__init__(
            f"{name} was fetched but `--version` says {said!r}, not {wanted}",
            fix="remove the cache folder and run this again; see that the platform is right",
        )


class UnknownPlatform(NotReady):
    """No program is published for this machine."""

    code = "clients.platform"

    def __init__(self, system: str, machine: str) -> None:
        super().__init__(
            f"no agent programs are published for {system} on {machine}",
            fix="run `make test-clients` on Linux or macOS, x86-64 or arm64",
        )


@dataclass(frozen=True, slots=True)
class Client:
    """One pinned program: *npm* and *wheel* are what to ask for, *program* where it lies.

    *script* is a JavaScript file to run on Node instead; *around* is the variable that tells it
    where another client is which it needs, and that client.
    """

    name: str
    version: str
    npm: str
    program: str
    wheel: str | None = None
    script: str | None = None
    around: tuple[str, str] | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The clients without which it does not run."""
        return ("node", *(self.around or ())[1:]) if self.script else ()


def clients(system: str = sys.platform, machine: str = platform.machine()) -> dict[str, Client]:
    """Return the pinned programs for a machine, by name.

    Raises:
        UnknownPlatform: If nothing is published for it.
    """
    processor = _PROCESSORS.get(machine.lower())
    if processor is None or system not in ("linux", "darwin"):
        raise UnknownPlatform(system, machine)
    libc = "-musl" if system == "linux" and _is_musl() else ""
    claude = Client(
        name="claude",
        version="2.1.329",
        npm=f"@anthropic-ai/claude-code-{system}-{processor}{libc}@2.1.329",
        program="**/claude",
        wheel="claude-agent-sdk==0.2.186",
    )
    codex = Client(
        name="codex",
        version="0.169.0",
        npm=f"@openai/codex@0.169.0-{system}-{processor}",
        program="**/vendor/*/bin/codex",
    )
    opencode = Client(
        name="opencode",
        version="1.18.33",
        npm=f"opencode-{system}-{processor}{libc}@1.18.33",
        program="**/bin/opencode",
    )
    node = Client(
        name="node",
        version="22.23.3",
        npm=f"node-{system}-{processor}@22.23.3",
        program="**/bin/node",
    )
    claude_acp = Client(
        name="claude-agent-acp",
        version="0.100.0",
        npm="@agentclientprotocol/claude-agent-acp@0.100.0",
        program="bin/claude-agent-acp",
        script="node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js",
        around=("CLAUDE_CODE_EXECUTABLE", "claude"),
    )
    codex_acp = Client(
        name="codex-acp",
        version="2.6.0",
        npm="@agentclientprotocol/codex-acp@2.6.0",
        program="bin/codex-acp",
        script="node_modules/@agentclientprotocol/codex-acp/dist/index.js",
        around=("CODEX_PATH", "codex"),
    )
    gemini = Client(
        name="gemini",
        version="0.61.0",
        npm="@google/gemini-cli@0.61.0",
        program="bin/gemini",
        script="node_modules/@google/gemini-cli/bundle/gemini.js",
    )
    qwen = Client(
        name="qwen",
        version="0.24.4",
        npm="@qwen-code/qwen-code@0.24.4",
        program="bin/qwen",
        script="node_modules/@qwen-code/qwen-code/cli-entry.js",
    )
    scripts = (claude_acp, codex_acp, gemini, qwen)
    return {each.name: each for each in (claude, codex, opencode, node, *scripts)}


def folder() -> Path:
    """Return the cache folder."""
    return Path(os.environ.get("DARKFACTORY_CLIENTS") or ROOT / ".cache" / "clients")


def program(name: str) -> Path:
    """Return the installed program of client *name*.

    Raises:
        ClientMissing: If that version is not installed.
    """
    client = clients()[name]
    known = _manifest().get(name, {})
    found = folder() / known.get("program", "")
    if known.get("version") != client.version or not os.access(found, os.X_OK):
        raise ClientMissing(name, folder())
    return found


def install(client: Client) -> Path:
    """Put *client* into the cache unless it is there; return its program.

    A program appears in one step, after it ran: a killed install leaves nothing half done.

    Raises:
        CannotFetch: If no package tool delivers it.
        WrongProgram: If what they deliver does not run here.
    """
    for name in client.needs:
        install(clients()[name])
    with _lock():
        known = _manifest().get(client.name, {})
        with contextlib.suppress(ClientMissing):
            found = program(client.name)
            if _sha256(found) == known.get("sha256"):
                return found
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder()))
        try:
            return _install(client, draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _install(client: Client, draft: Path) -> Path:
    tree = draft / "tree"
    if client.script:
        _install_script(client, tree)
    else:
        _fetch(client, draft / "packed", tree)
    inside = next(iter(sorted(tree.glob(client.program))), None)
    if inside is None:
        raise WrongProgram(client.name, client.version, "no such file")
    inside.chmod(0o755)
    _check_version(client, inside)
    target = folder() / f"{client.name}-{client.version}"
    if target.exists():  # damaged, or its hash would have matched
        target.rename(draft / "damaged")
    tree.rename(target)
    made = target / inside.relative_to(tree)
    entry = {
        "version": client.version,
        "package": client.npm,
        "program": str(made.relative_to(folder())),
        "sha256": _sha256(made),
    }
    write_json(folder() / "manifest.json", {**_manifest(), client.name: entry}, durable=True)
    return made


def _fetch(client: Client, packed: Path, tree: Path) -> None:
    tools: list[tuple[list[str], Callable[[Path, Path], None]]] = []
    reasons = []
    if npm := shutil.which("npm"):
        pack = [npm, "pack", client.npm, "--silent", "--pack-destination", str(packed)]
        tools.append((pack, _unpack_tarball))
    else:
        reasons.append("npm is not on PATH")
    if client.wheel:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        tools.append(([*pip, "--dest", str(packed), client.wheel], _unpack_wheel))
    for command, unpack in tools:
        packed.mkdir(exist_ok=True)
        failure = _run(command, packed)
        if failure is None:
            unpack(next(packed.iterdir()), tree)
            return
        reasons.append(failure)
    raise CannotFetch(client.name, reasons)


def _install_script(client: Client, tree: Path) -> None:
    """Install a JavaScript program with what it depends on, and a command that starts it."""
    npm = shutil.which("npm")
    if npm is None:
        raise CannotFetch(client.name, ["npm is not on PATH"])
    tree.mkdir()
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    # Optional parts are the programs that are there already; no package runs code of its own.
    bare = ["--omit=optional", "--ignore-scripts", "--engine-strict=false"]
    failure = _run([npm, "install", "--prefix", str(tree), *quiet, *bare, client.npm], tree)
    if failure is not None:
        raise CannotFetch(client.name, [failure])
    words = "".join(
        f"export {variable}={shlex.quote(str(program(name)))}\n"
        for variable, name in filter(None, [client.around])
    )
    command = tree / client.program
    command.parent.mkdir()
    command.write_text(
        f"#!/bin/sh\n{words}"
        f'exec {shlex.quote(str(program("node")))} "${{0%/*}}/../{client.script}" "$@"\n'
    )


def _run(command: Sequence[str], packed: Path) -> str | None:
    """Run a package tool; return why it delivered nothing, or None."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS, cwd=packed
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        return f"{Path(command[0]).name}: {error}"
    if done.returncode or not any(packed.iterdir()):
        said = " ".join((done.stderr or done.stdout).split())[-300:]
        return f"{Path(command[0]).name} ended with {done.returncode}: {said or 'nothing fetched'}"
    return None


def _unpack_tarball(packed: Path, tree: Path) -> None:
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")


def _unpack_wheel(packed: Path, tree: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tree)  # noqa: S202 - zipfile itself keeps names inside


def _check_version(client: Client, inside: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                [inside, "--version"],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env={"HOME": home, "PATH": os.environ["PATH"]},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WrongProgram(client.name, client.version, str(error)) from error
    if done.returncode or client.version not in done.stdout:
        raise WrongProgram(client.name, client.version, (done.stdout + done.stderr).strip()[-300:])


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Let one install at a time work in the cache."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _manifest() -> dict[str, dict[str, str]]:
    known = read_json(folder() / "manifest.json")
    return known if isinstance(known, dict) else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_musl() -> bool:
    return not platform.libc_ver()[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.clients", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install").add_argument("names", nargs="*", metavar="NAME")
    verbs.add_parser("path").add_argument("name", choices=NAMES)
    given = parser.parse_args(arguments)
    if given.verb == "install" and (unknown := set(given.names) - set(NAMES)):
        parser.error(f"no client {min(unknown)!r}; there are: {', '.join(NAMES)}")
    try:
        if given.verb == "path":
            print(program(given.name))
        else:
            for name in given.names or NAMES:
                print(f"{name} {clients()[name].version}: {install(clients()[name])}")
    except FactoryError as error:
        print(f"error: {error.problem}\n  fix: {error.fix}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
