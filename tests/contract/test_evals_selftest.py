"""``df evals selftest`` in a real repository: patches, hidden graders, exit status."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory
from tests.fakes.studies import EVALS, make_study, suite_files

REFERENCE = "hidden/reference.patch"


def patch(text: str) -> str:
    return f"--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+{text}\n"


ONE_LESS = "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-hello, please\n+hello\n"


def study(folder: Path, mutant: str, fails: str, **more: Any) -> Factory:
    mutants = [{"patch": "hidden/mutant.patch", "fails": fails}]
    files = suite_files("hello", reference={"patch": REFERENCE}, mutants=mutants, **more)
    files[f"{EVALS}/hello/{REFERENCE}"] = patch("hello, please")
    files[f"{EVALS}/hello/hidden/mutant.patch"] = mutant
    return make_study(folder, files)


@pytest.mark.parametrize("mutant", [patch("hello"), ONE_LESS])
@pytest.mark.parametrize("fails", ["polite", "told"])
def test_a_mutant_of_the_workspace_or_of_the_reference_is_caught(
    tmp_path: Path, mutant: str, fails: str
) -> None:
    assert study(tmp_path, mutant, fails).json("evals", "selftest")["problems"] == []


def test_a_check_that_does_not_tell_them_apart_is_named_and_exits_1(tmp_path: Path) -> None:
    checks = [
        {"id": "there", "file_exists": "a.txt"},
        {"id": "blind", "run": "test -e hidden/polite.sh"},
    ]
    factory = study(tmp_path, patch("hello"), "blind", checks=checks)

    body = factory.json("evals", "selftest", expect=1)

    assert [(one["scenario"], one["check"]) for one in body["problems"]] == [("hello", "blind")] * 2
    assert "passes it" in body["problems"][0]["problem"]
    assert "vacuous" in body["problems"][1]["problem"]


def test_a_patch_that_fits_nowhere_is_told(tmp_path: Path) -> None:
    factory = study(tmp_path, "--- a/no\n+++ b/no\n@@ -1 +1 @@\n-x\n+y\n", "polite")

    said = factory.df("evals", "selftest", expect=1).stdout

    assert "hello polite: mutant mutant.patch cannot be tried: mutant.patch does not apply" in said


def test_it_needs_no_lanes_yaml(tmp_path: Path) -> None:
    factory = study(tmp_path, patch("hello"), "polite")
    (factory.root / "lanes.yaml").unlink()

    assert factory.json("evals", "selftest")["problems"] == []
