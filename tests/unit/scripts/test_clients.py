"""Installing agent programs: pinned, in one step, never twice."""

import json
import os
from pathlib import Path

import pytest

from scripts import clients

FAKE_NPM = """#!/bin/sh
echo "$@" >> "$NPM_LOG"
[ -z "$NPM_FAILS" ] || { echo "registry is down" >&2; exit 1; }
if [ "$1" = install ]; then
  for last; do :; done
  name=${last#*/}
  mkdir -p "$3/node_modules/@agentclientprotocol/${name%@*}/dist"
  echo "says ${name##*@}" > "$3/node_modules/@agentclientprotocol/${name%@*}/dist/index.js"
  exit
fi
mkdir -p "$NPM_WORK/package/vendor/some-triple/bin" "$NPM_WORK/package/bin"
for program in package/claude package/vendor/some-triple/bin/codex package/bin/node; do
  printf '#!/bin/sh\\necho %s\\n' "$NPM_SAYS" > "$NPM_WORK/$program"
done
tar -czf "$5/it.tgz" -C "$NPM_WORK" package
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake npm first on PATH and the cache into *tmp_path*; return the log of its calls."""
    tools, log = tmp_path / "bin", tmp_path / "npm.log"
    tools.mkdir()
    (tools / "npm").write_text(FAKE_NPM)
    (tools / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("DARKFACTORY_CLIENTS", str(tmp_path / "cache"))
    monkeypatch.setenv("NPM_LOG", str(log))
    monkeypatch.setenv("NPM_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("NPM_SAYS", "codex-cli 0.169.0")
    return log


def test_an_installed_program_is_found_and_noted_with_version_and_hash(
    npm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clients.main(["install", "codex"]) == 0
    capsys.readouterr()

    status = clients.main(["path", "codex"])

    shown = Path(capsys.readouterr().out.strip())
    noted = json.loads((tmp_path / "cache" / "manifest.json").read_text())["codex"]
    assert status == 0
    assert os.access(shown, os.X_OK)
    assert noted["version"] == "0.169.0"
    assert len(noted["sha256"]) == 64
    assert npm.read_text().count("@openai/codex@0.169.0-") == 1


@pytest.mark.usefixtures("npm")
def test_a_program_around_another_one_runs_on_our_node_and_is_told_where_that_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NPM_SAYS", "v22.23.3 codex-cli 0.169.0 and 2.6.0")

    status = clients.main(["install", "codex-acp"])

    started = clients.program("codex-acp").read_text()
    assert status == 0
    assert f"CODEX_PATH={clients.program('codex')}" in started
    assert f"exec {clients.program('node')} " in started
    assert "codex-acp/dist/index.js" in started


@pytest.mark.usefixtures("npm")
def test_a_script_of_its_own_runs_on_our_node_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_SAYS", "v22.23.3 and 0.61.0")

    status = clients.main(["install", "gemini"])

    assert status == 0
    assert clients.program("gemini").read_text().startswith("#!/bin/sh\nexec ")
    assert clients.program("node").exists()
    with pytest.raises(clients.ClientMissing):
        clients.program("codex")


def test_a_second_install_fetches_nothing(npm: Path) -> None:
    clients.main(["install", "codex"])
    os.environ["NPM_FAILS"] = "1"

    try:
        status = clients.main(["install", "codex"])
    finally:
        del os.environ["NPM_FAILS"]

    assert status == 0
    assert npm.read_text().count("\n") == 1


def test_a_damaged_program_is_fetched_again(npm: Path) -> None:
    clients.main(["install", "codex"])
    program = clients.program("codex")
    program.write_text("#!/bin/sh\necho broken\n")

    status = clients.main(["install", "codex"])

    assert status == 0
    assert "0.169.0" in clients.program("codex").read_text()
    assert npm.read_text().count("\n") == 2


@pytest.mark.usefixtures("npm")
def test_a_registry_that_is_down_ends_with_3_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("NPM_FAILS", "1")

    status = clients.main(["install", "codex"])

    assert status == 3
    assert "registry is down" in capsys.readouterr().err
    assert not list((tmp_path / "cache").glob("draft-*"))


@pytest.mark.usefixtures("npm")
def test_without_npm_the_error_names_npm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    status = clients.main(["install", "codex"])

    assert status == 3
    assert "npm is not on PATH" in capsys.readouterr().err


@pytest.mark.usefixtures("npm")
def test_another_version_than_the_pinned_one_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NPM_SAYS", "codex-cli 9.9.9")

    status = clients.main(["install", "codex"])

    assert status == 3
    assert "9.9.9" in capsys.readouterr().err
    with pytest.raises(clients.ClientMissing):
        clients.program("codex")


@pytest.mark.usefixtures("npm")
def test_the_path_of_a_missing_program_tells_how_to_install_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = clients.main(["path", "claude"])

    assert status == 3
    assert "python -m scripts.clients install claude" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("system", "machine", "claude", "codex"),
    [
        ("darwin", "arm64", "claude-code-darwin-arm64@", "-darwin-arm64"),
        ("darwin", "x86_64", "claude-code-darwin-x64@", "-darwin-x64"),
        ("linux", "aarch64", "claude-code-linux-arm64", "-linux-arm64"),
    ],
)
def test_each_platform_gets_its_own_package(
    system: str, machine: str, claude: str, codex: str
) -> None:
    found = clients.clients(system, machine)

    assert claude in found["claude"].npm
    assert found["codex"].npm.endswith(codex)


def test_a_platform_without_programs_is_refused() -> None:
    with pytest.raises(clients.UnknownPlatform):
        clients.clients("win32", "AMD64")
