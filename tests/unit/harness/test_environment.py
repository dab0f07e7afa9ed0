"""What the checks see of the machine, and when two machines count as the same."""

import os
from pathlib import Path

from darkfactory.domain.settings import HarnessSettings
from darkfactory.harness.environment import (
    MARKER,
    check_environment,
    environment_id,
    harness_id,
)

PLAIN = HarnessSettings("make test")


def made(
    caller: dict[str, str], settings: HarnessSettings = PLAIN, folders: tuple[str, ...] = ()
) -> dict[str, str]:
    return check_environment(
        caller, settings, home="/h", temp="/t", run="r1", is_folder=lambda path: path in folders
    )


def program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_secrets_of_the_caller_do_not_pass() -> None:
    seen = made({"PATH": "/bin", "GITHUB_TOKEN": "x", "SSH_AUTH_SOCK": "/s", "CARGO_HOME": "/c"})

    assert set(seen) == {"PATH", "LANG", "PYTHONDONTWRITEBYTECODE", "HOME", "TMPDIR", MARKER}


def test_the_locale_of_the_caller_passes() -> None:
    assert made({"LC_ALL": "de_DE.UTF-8"})["LC_ALL"] == "de_DE.UTF-8"
    assert made({})["LANG"] == "C.UTF-8"


def test_a_tool_chain_that_lives_below_the_real_home_is_still_found() -> None:
    seen = made({"HOME": "/u"}, folders=("/u/.rustup",))

    assert seen["RUSTUP_HOME"] == "/u/.rustup"
    assert "PYENV_ROOT" not in seen


def test_settings_may_change_all_but_home_temp_and_marker() -> None:
    settings = HarnessSettings(
        "x", env={"PATH": "/mine", "HOME": "/x", "TMPDIR": "/x", MARKER: "x", "TZ": "UTC"}
    )

    seen = made({"PATH": "/bin"}, settings)

    assert (seen["PATH"], seen["TZ"]) == ("/mine", "UTC")
    assert (seen["HOME"], seen["TMPDIR"], seen[MARKER]) == ("/h", "/t", "r1")


def test_every_setting_that_can_change_a_result_changes_the_harness_id() -> None:
    ids = {
        harness_id("a", PLAIN),
        harness_id("b", PLAIN),
        harness_id("a", HarnessSettings("a", env={"CI": "1"})),
        harness_id("a", HarnessSettings("a", timeout_seconds=1.0)),
        harness_id("a", HarnessSettings("a", network=False)),
    }

    assert len(ids) == 5
    assert harness_id("a", PLAIN) == harness_id("a", HarnessSettings("other name, same run"))


def test_home_temp_and_marker_do_not_change_the_environment_id() -> None:
    one = check_environment({"PATH": "/bin"}, PLAIN, home="/a", temp="/b", run="1")
    two = check_environment({"PATH": "/bin"}, PLAIN, home="/c", temp="/d", run="2")

    assert environment_id(one) == environment_id(two)


def test_another_tool_changes_the_environment_id(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path)}
    without = environment_id(environment)
    node = program(tmp_path, "node")
    first = environment_id(environment)
    os.utime(node, ns=(1, 1))

    assert len({without, first, environment_id(environment)}) == 3


def test_an_installed_python_package_changes_the_environment_id(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3")
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    environment = {"PATH": str(tmp_path / "bin")}
    os.utime(packages, ns=(1, 1))
    before = environment_id(environment)

    os.utime(packages, ns=(2, 2))

    assert environment_id(environment) != before


def test_another_default_tool_chain_changes_the_environment_id(tmp_path: Path) -> None:
    environment = {"PATH": "", "RUSTUP_HOME": str(tmp_path)}
    before = environment_id(environment)

    (tmp_path / "settings.toml").write_text('default_toolchain = "nightly"')

    assert environment_id(environment) != before


def test_facts_of_the_caller_take_part_in_any_order() -> None:
    environment = {"PATH": ""}

    assert environment_id(environment, ["a", "b"]) == environment_id(environment, ["b", "a"])
    assert environment_id(environment, ["a"]) != environment_id(environment)
