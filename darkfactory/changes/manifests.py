"""Files that name dependencies and also say how the checks run: whether a change touches that."""

import configparser
import json
import posixpath
import re
import tomllib
from collections.abc import Callable
from typing import Any

_NPM = re.compile(
    r"author|bugs|bundledDependencies|contributors|(?:dev|peer|optional)Dependencies|dependencies"
    r"|description|files|funding|homepage|keywords|license|name|peerDependenciesMeta|private"
    r"|publishConfig|repository|version"
)
_COMPOSER = re.compile(
    r"authors|description|homepage|keywords|license|name|require(?:-dev)?|suggest|support|version"
)
_DENO = re.compile(r"imports|name|version|exports")
_PYTHON_TOOLS = re.compile(r"poetry|uv")
_CARGO = re.compile(r"badges|(?:build-|dev-)?dependencies|features|target")
_CARGO_WORKSPACE = re.compile(r"dependencies|members|package")
_CARGO_PACKAGE = re.compile(r"(?!auto|build$).*")
_ABOUT_CHECKS = re.compile(
    r"test|check|skip|exclu|filter|surefire|failsafe|ignore|alias|verif|lint", re.IGNORECASE
)
_BY_WORDS = re.compile(r"pom\.xml|.+\.gradle(?:\.kts)?|mix\.exs|deno\.jsonc|.+\.(?:cs|fs|vb)proj")


def touches_checks(path: str, before: str, after: str) -> bool:
    """Tell whether a manifest changes in more than what it depends on and what it says of itself.

    What cannot be read counts as touched. Other files never do.
    """
    name = posixpath.basename(path).casefold()
    if _BY_WORDS.fullmatch(name):
        changed = set(before.splitlines()) ^ set(after.splitlines())
        return any(_ABOUT_CHECKS.search(line) for line in changed)
    rest = _RESTS.get(name)
    if rest is None:
        return False
    try:
        return rest(before) != rest(after)
    except (ValueError, TypeError, AttributeError, RecursionError, configparser.Error):
        return True


def _npm(text: str) -> object:
    return _without(json.loads(text or "{}"), _NPM)


def _composer(text: str) -> object:
    return _without(json.loads(text or "{}"), _COMPOSER)


def _deno(text: str) -> object:
    return _without(json.loads(text or "{}"), _DENO)


def _pyproject(text: str) -> object:
    body = tomllib.loads(text)
    tools = _without(body.pop("tool", {}), _PYTHON_TOOLS)
    plugins = body.pop("project", {}).get("entry-points")
    return _without(body, re.compile("dependency-groups")), tools, plugins


def _cargo(text: str) -> object:
    body = _without(tomllib.loads(text), _CARGO)
    package = body.pop("package", {})
    workspace = _without(body.pop("workspace", {}), _CARGO_WORKSPACE)
    return body, workspace, _without(package, _CARGO_PACKAGE)


def _setup_cfg(text: str) -> object:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    return {
        name: dict(parser[name])
        for name in parser.sections()
        if name != "metadata" and not name.startswith("options")
    }


def _without(body: dict[str, Any], keys: re.Pattern[str]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if not keys.fullmatch(key)}


_RESTS: dict[str, Callable[[str], object]] = {
    "package.json": _npm,
    "composer.json": _composer,
    "deno.json": _deno,
    "pyproject.toml": _pyproject,
    "cargo.toml": _cargo,
    "setup.cfg": _setup_cfg,
}
