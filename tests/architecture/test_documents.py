"""What is written is true: documents name what exists, and nothing names this machine."""

import ast
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

import darkfactory
from darkfactory.domain.change import ChangeState
from darkfactory.factory.alone import LOW_RISK
from scripts.docs import error_kinds, stale
from tests.architecture.figures import ROOT, modules
from tests.fakes.event_contract import OPTIONAL, REQUIRED

PRODUCT = modules(ROOT / "darkfactory")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BINARY = {".db", ".gif", ".ico", ".png", ".pyc", ".woff2"}

# Parts, so that this file does not hold what it looks for.
_HOSTS = [
    ".".join(parts)
    for parts in (
        ("registry", "npmjs"), ("pypi", "org"), ("pythonhosted", "org"), ("crates", "io"),
        ("proxy", "golang"), ("yarnpkg", "com"), ("jfrog", "io"),
    )
]  # fmt: skip
_PLACES = [str(ROOT), f"..{os.sep}shared"]


_FOLDERS = ("darkfactory", "docs", "scripts", "skills", "tests")


@lru_cache(maxsize=1)
def repository_files() -> tuple[Path, ...]:
    """Every text file that belongs to the repository, committed or not yet."""
    folders = [ROOT / name for name in _FOLDERS]
    inside = [path for folder in folders for path in folder.rglob("*")]
    found = [path for path in (*ROOT.iterdir(), *inside) if path.is_file()]
    return tuple(
        path for path in found if path.suffix not in _BINARY and "__pycache__" not in path.parts
    )


def naming(words: list[str]) -> Iterator[str]:
    """Yield where the repository names one of *words*."""
    wanted = re.compile("|".join(rf"{re.escape(word)}(?!\w)" for word in words).encode())
    for path in repository_files():
        text = path.read_bytes()
        for found in wanted.finditer(text):
            line = text.count(b"\n", 0, found.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line} {found[0].decode()}"


def test_the_generated_pages_say_what_the_code_does() -> None:
    assert stale(ROOT) == [], "run `python -m scripts.docs` and read what it writes"


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_the_architecture_fits_on_a_few_screens_and_names_every_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    house = text[text.index("## The house") : text.index("## Processes")]
    packages = {path.parent.name for path in (ROOT / "darkfactory").glob("*/__init__.py")}
    single = {path.stem for path in (ROOT / "darkfactory").glob("[a-z]*.py")}

    assert len(text.splitlines()) <= 200
    assert {name for name in packages | single if f"`{name}`" not in house} == set()


def test_the_house_names_no_package_that_is_not_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    house = text[text.index("| layer |") : text.index("Below all of it")]
    rows = [row.split("|")[2].strip(" `") for row in house.splitlines()[2:] if row.startswith("|")]

    assert [name for name in rows if not (ROOT / "darkfactory" / name).is_dir()] == []


def test_the_state_folder_of_the_page_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = (ROOT / "darkfactory" / "domain" / "state.py").read_text(encoding="utf-8")

    named = set(re.findall(r'self\.root / "([^"]+)"', code))

    assert named
    assert {name for name in named if f"`{name}`" not in page and f"`{name}/" not in page} == set()


def test_the_page_of_the_event_log_names_every_type_with_its_data() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told: dict[str, str] = {}
    for row in rows:
        for name in re.findall(r"`([a-z]+(?:\.[a-z_]+)?)`", row[1]):
            told[name] = told.get(name, "") + row[2]

    missing = {
        f"{type_}: {key}"
        for type_, keys in [*REQUIRED.items(), *OPTIONAL.items()]
        for key in keys
        if f"`{key}`" not in told.get(type_, "")
    }
    spoken = {f"change.{state}" for state in ChangeState} - {"change.waiting_taste"}

    assert missing == set()
    assert {name for name in spoken if name not in told} == {"change.checking"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    local = [link.split("#")[0] for link in links if "://" not in link and link[0] != "#"]

    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_document_that_the_code_names_is_there() -> None:
    named = re.compile(r"docs/[\w./-]+\.(?:md|json)")
    wrong = {
        f"{module.name}: {path}"
        for module in PRODUCT
        for path in named.findall(module.text)
        if not (ROOT / path).exists()
    }

    assert wrong == set()


def test_every_command_that_a_document_names_exists() -> None:
    from darkfactory.cli.table import COMMANDS

    spoken = re.compile(r"`df ([a-z]+)[^`]*`")
    wrong = {
        f"{path.name}: df {name}"
        for path in DOCUMENTS
        for name in spoken.findall(path.read_text(encoding="utf-8"))
        if name not in COMMANDS
    }

    assert wrong == set()


def test_every_fix_names_a_command_that_exists() -> None:
    from darkfactory.cli.table import COMMANDS

    spoken = re.compile(r"`df ([a-z]+)")
    wrong = {
        f"{module.name}: df {name}"
        for module in PRODUCT
        for name in spoken.findall(module.text)
        if name not in COMMANDS
    }

    assert wrong == set()


def test_nothing_names_a_place_of_this_machine() -> None:
    assert list(naming(_PLACES)) == []


def test_nothing_names_a_registry() -> None:
    assert list(naming(_HOSTS)) == []


def test_the_version_stands_in_one_place() -> None:
    version = darkfactory.__version__
    literal = re.compile(rf"(?<![\d.]){re.escape(version)}(?![\d.])")
    places = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "pyproject.toml", *(ROOT / "darkfactory").rglob("*.py"))
        if literal.search(path.read_text(encoding="utf-8"))
    }

    assert places == {"darkfactory/__init__.py"}


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = list(error_kinds())
    silent = [
        kind.__name__
        for base in kinds
        for kind in base.__subclasses__()
        if "code" not in vars(kind) and kind.__module__.startswith("darkfactory.")
    ]

    assert silent == []
    assert [
        kind.code for kind in kinds if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", kind.code)
    ] == []


def test_every_error_is_raised_somewhere() -> None:
    used = {
        name for module in PRODUCT for name in re.findall(r"(?<!class )\b[A-Z]\w+", module.text)
    }
    roots = {"FactoryError", "AnswerNo", "UsageError", "NotReady"}

    assert {kind.__name__ for kind in error_kinds()} - roots - used == set()


def test_every_error_is_made_with_a_fix_in_words() -> None:
    empty = [
        f"{module.name}:{node.lineno}"
        for module in PRODUCT
        if "fix=" in module.text
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword) and node.arg == "fix" and is_empty(node.value)
    ]

    assert empty == []


def is_empty(node: ast.expr) -> bool:
    """Whether *node* is a text that tells a person nothing to do."""
    return isinstance(node, ast.Constant) and (not node.value or len(str(node.value)) < 8)


def test_the_page_on_landing_alone_tells_the_limit_of_risk() -> None:
    page = (ROOT / "docs" / "landing-alone.md").read_text(encoding="utf-8")

    assert f"the risk is below {LOW_RISK:.2f}" in page
