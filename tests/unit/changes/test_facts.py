"""Risk facts out of a real bare repository."""

from typing import Any

import pytest

from darkfactory.changes.facts import risk_facts
from darkfactory.changes.measure import measure

Hub = Any


def test_what_is_asked_of_the_hub_is_found_together(hub: Hub) -> None:
    base = hub.commit(
        {
            "tests/test_a.py": "def test_a():\n    assert f() == 1\n    assert f()\n",
            "src/a.py": "1\n",
            "Makefile": "check:\n\tpytest\n",
        }
    )
    head = hub.commit(
        {
            "tests/test_a.py": "def test_a():\n    assert f() == 1\n",
            "src/a.py": "2\n",
            "Makefile": "check:\n\tpytest || true\n",
            "big.bin": b"\0" * (3 << 20),
            "out": "../secrets",
            "deep/in": "../src/a.py",
            "git": ".GIT/hooks",
        },
        base,
        modes=dict.fromkeys(("out", "deep/in", "git"), "120000"),
    )

    facts = risk_facts(
        hub.path,
        measure(hub.path, base, head),
        patterns=["makefile"],
        owns=["src/**", "tests/**"],
        waffle=0.4,
    )

    assert [delta.path for delta in facts.deltas] == [
        "Makefile",
        "big.bin",
        "deep/in",
        "git",
        "out",
        "src/a.py",
        "tests/test_a.py",
    ]
    assert facts.protected == ("Makefile",)
    assert facts.outside == ("Makefile", "big.bin", "deep/in", "git", "out")
    assert [str(sign) for sign in facts.tampered] == [
        "tests/test_a.py:1 checks no longer: 'assert f()'"
    ]
    assert facts.silenced == ("Makefile:2 adds '|| true'",)
    assert facts.large == ("big.bin (3.0 MiB)",)
    assert facts.unread_bytes == 3 << 20
    assert facts.links_out == ("git -> .GIT/hooks", "out -> ../secrets")
    assert facts.waffle == 0.4


def test_a_test_moved_by_a_rename_is_read_on_both_sides(hub: Hub) -> None:
    test = "def test_a():\n    assert f() == 1\n    assert g() == 2\n    x = 1\n    y = 2\n"
    base = hub.commit({"tests/test_a.py": test})
    head = hub.commit(
        {"tests/test_a.py": None, "attic/a.py": test.replace("assert g() == 2", "g()")}, base
    )

    (sign,) = risk_facts(hub.path, measure(hub.path, base, head)).tampered
    assert (sign.path, sign.line) == ("attic/a.py", 1)
    assert sign.why == "checks no longer: 'assert g() == 2'"


def test_an_empty_change_has_no_facts(hub: Hub) -> None:
    base = hub.commit({"a": "1\n"})

    facts = risk_facts(hub.path, measure(hub.path, base, base))

    assert facts.deltas == ()
    assert facts.tampered == ()


def test_test_files_that_are_no_text_or_no_python_are_survived(hub: Hub) -> None:
    base = hub.commit({"tests/a.py": b"\xff\xfe\0bad", "tests/b.py": "def (:\n"})
    head = hub.commit({"tests/a.py": b"\xff\xfe\0worse", "tests/b.py": "(" * 3000}, base)

    assert risk_facts(hub.path, measure(hub.path, base, head)).tampered == ()


def test_submodules_have_no_content_to_read(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"tests/module": "1" * 40}, base, modes={"tests/module": "160000"})

    assert risk_facts(hub.path, measure(hub.path, base, head)).deltas[0].is_submodule


def test_what_may_keep_the_checks_from_telling_counts_as_protected(hub: Hub) -> None:
    base = hub.commit({"calc/__init__.py": "", "calc/core.py": "x = 1\n", "package.json": "{}\n"})
    head = hub.commit(
        {
            "unittest/__init__.py": "def main(**_): ...\n",
            "calc/json.py": "",
            "calc/core.py": "import os\nx = 1\nos._exit(0)\n",
            "package.json": '{"scripts": {"test": "true"}}\n',
            "sub/conftest.py": "",
        },
        base,
    )

    facts = risk_facts(hub.path, measure(hub.path, base, head), commands=["python -m unittest -q"])

    assert [str(place) for place in facts.bypasses] == [
        "unittest/__init__.py stands in for the module unittest of the harness command",
        "calc/core.py:3 may end the run of the tests: 'os._exit(0)'",
    ]
    assert set(facts.protected) == {
        "calc/core.py",
        "package.json",
        "sub/conftest.py",
        "unittest/__init__.py",
    }


BODY = "R4nd0mL3tt3rsTh4tN0b0dyH4sW1tt3n9kZ7"
KEY = f"ghp_{BODY}"


@pytest.mark.parametrize(
    "content",
    [
        f'{{"token": "{KEY}"}}\n'.encode("utf-16"),
        f'{{"token": "{KEY}"}}\n'.encode("utf-32"),
        f'{{"token": "{KEY}"}}\n'.encode("utf-16-le"),
        f'{{"token": "{KEY}"}}\n'.encode("utf-16-be"),
        f'first\n{{"token": "{KEY}"}}\n\0'.encode(),
    ],
)
def test_a_credential_in_text_that_git_takes_for_binary_is_found(hub: Hub, content: bytes) -> None:
    base = hub.commit({"a": "1\n"})
    head = hub.commit({"settings.json": content}, base)

    found = risk_facts(hub.path, measure(hub.path, base, head)).secrets

    assert [finding.path for finding in found] == ["settings.json"]


def test_a_credential_that_was_in_such_a_file_before_is_not_added_again(hub: Hub) -> None:
    base = hub.commit({"settings.json": f"token={KEY}\n".encode("utf-16")})
    head = hub.commit({"settings.json": f"token={KEY}\nmore\n".encode("utf-16")}, base)

    assert risk_facts(hub.path, measure(hub.path, base, head)).secrets == ()


def test_a_line_and_a_name_that_hide_something_are_told(hub: Hub) -> None:
    base = hub.commit({"a.py": "1\n"})
    head = hub.commit({"a.py": "1\nx = '\u202e'\n", "b\u200b.py": ""}, base)

    found = risk_facts(hub.path, measure(hub.path, base, head)).invisible

    assert [str(place) for place in found] == [
        "a.py:2 has U+202E (right-to-left override)",
        "b\u200b.py has U+200B (zero width space)",
    ]


def test_tests_that_go_are_counted_with_their_rows(hub: Hub) -> None:
    rows = "import pytest\n@pytest.mark.parametrize('a', [1, 2, 3])\ndef test_a(a): ...\n"
    base = hub.commit({"test_a.py": rows + "def test_b(): ...\n"})
    head = hub.commit({"test_a.py": "def test_b(): ...\n"}, base)

    assert risk_facts(hub.path, measure(hub.path, base, head)).tests_gone == 3


def test_a_change_that_is_too_long_to_be_searched_to_its_end_says_so(hub: Hub) -> None:
    base = hub.commit({"a": "1\n"})
    head = hub.commit({f"{name}.min.js": "x" * 1000 + "\n" for name in "abc"}, base)

    whole, cut = (measure(hub.path, base, head, limit_bytes=size) for size in (9000, 2000))

    assert [risk_facts(hub.path, each).is_cut for each in (whole, cut)] == [False, True]


def test_lines_behind_very_many_that_are_taken_away_are_told_not_to_be_searched(hub: Hub) -> None:
    base = hub.commit({"a.txt": "@a\n" * 210_000})
    head = hub.commit({"a.txt": "x\n"}, base)

    assert risk_facts(hub.path, measure(hub.path, base, head)).is_cut
