"""Write the generated pages of docs/, or tell which of them no longer fit the code.

    python -m scripts.docs            writes them
    python -m scripts.docs --check    exits 1 and names the stale ones

A generated page is one entry of PAGES: its path, and the function that returns its text.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import darkfactory
from darkfactory.config.reference import lanes_reference
from darkfactory.config.schema import schema
from darkfactory.errors import FactoryError
from darkfactory.factory.not_yet import not_yet
from scripts.cli_reference import cli_reference
from scripts.skills_reference import skills_reference

ROOT = Path(__file__).resolve().parent.parent

_ERRORS = """\
# Errors

Every failure a person can act on has a code that stays the same between releases. On a terminal it
reads `error: PROBLEM` and `  fix: NEXT STEP`; with `--json` it is one object on standard error:
`{"error": {"code": …, "problem": …, "fix": …}}`. A failure without a code is a bug of ours: exit
status 70 and the name of a report file.

| code | exit status | meaning |
| --- | --- | --- |
"""


def lanes_page() -> str:
    return lanes_reference((one.key, one.value, one.what, one.instead) for one in not_yet())


def lanes_schema() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def errors_reference() -> str:
    rows = sorted((kind.code, kind.exit_status, _meaning(kind)) for kind in error_kinds())
    return _ERRORS + "".join(
        f"| `{code}` | {status} | {meaning} |\n" for code, status, meaning in rows
    )


def error_kinds() -> Iterator[type[FactoryError]]:
    """Every error class with a code of its own, in all modules of the package."""
    for module in pkgutil.walk_packages(darkfactory.__path__, "darkfactory."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting: list[type[FactoryError]] = [FactoryError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "code" in vars(kind) and kind.__module__.startswith("darkfactory."):
            yield kind


def _meaning(kind: type[FactoryError]) -> str:
    text = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(text.split()).replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/cli.md": cli_reference,
    "docs/errors.md": errors_reference,
    "docs/lanes.md": lanes_page,
    "docs/lanes.schema.json": lanes_schema,
    "docs/skills.md": skills_reference,
}


def stale(root: Path, pages: Mapping[str, Callable[[], str]] = PAGES) -> list[str]:
    """The pages below *root* whose text is not what the code says."""
    return [page for page, text in pages.items() if _read(root / page) != text()]


def write(root: Path, pages: Mapping[str, Callable[[], str]] = PAGES) -> list[str]:
    """Write the stale pages below *root* and return their paths."""
    written = stale(root, pages)
    for page in written:
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(pages[page](), encoding="utf-8")
    return written


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def main(arguments: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.docs")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    found = (stale if parser.parse_args(arguments).check else write)(root)
    for page in found:
        print(page)
    if found and "--check" in arguments:
        print("stale: run `python -m scripts.docs` and commit what it writes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
