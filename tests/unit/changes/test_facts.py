"""Risk facts out of a real bare repository."""

from typing import Any

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
    assert facts.weakened == ("tests that check less: test_a (2 to 1)",)
    assert facts.silenced == ("Makefile:2 adds '|| true'",)
    assert facts.large == ("big.bin (3.0 MiB)",)
    assert facts.links_out == ("git -> .GIT/hooks", "out -> ../secrets")
    assert facts.waffle == 0.4


def test_a_test_moved_by_a_rename_is_read_on_both_sides(hub: Hub) -> None:
    test = "def test_a():\n    assert f() == 1\n    assert g() == 2\n    x = 1\n    y = 2\n"
    base = hub.commit({"tests/test_a.py": test})
    head = hub.commit(
        {"tests/test_a.py": None, "attic/a.py": test.replace("assert g() == 2", "g()")}, base
    )

    assert risk_facts(hub.path, measure(hub.path, base, head)).weakened == (
        "tests that check less: test_a (2 to 1)",
    )


def test_an_empty_change_has_no_facts(hub: Hub) -> None:
    base = hub.commit({"a": "1\n"})

    facts = risk_facts(hub.path, measure(hub.path, base, base))

    assert facts.deltas == ()
    assert facts.weakened == ()


def test_test_files_that_are_no_text_or_no_python_are_survived(hub: Hub) -> None:
    base = hub.commit({"tests/a.py": b"\xff\xfe\0bad", "tests/b.py": "def (:\n"})
    head = hub.commit({"tests/a.py": b"\xff\xfe\0worse", "tests/b.py": "(" * 3000}, base)

    assert risk_facts(hub.path, measure(hub.path, base, head)).weakened == ()


def test_submodules_have_no_content_to_read(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"tests/module": "1" * 40}, base, modes={"tests/module": "160000"})

    assert risk_facts(hub.path, measure(hub.path, base, head)).deltas[0].is_submodule
