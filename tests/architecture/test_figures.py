"""The code keeps its figures: what each limit is for is in docs/architecture.md."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.figures import (
    ROOT,
    Function,
    Module,
    broad_handlers,
    calls,
    cycles,
    depth,
    modules,
    percentile,
    promises,
    publics,
    report,
)

PRODUCT = modules(ROOT / "darkfactory")
SCRIPTS = modules(ROOT / "scripts")
TESTS = modules(ROOT / "tests")

CATCH_ALL = {
    "darkfactory.cli.newsroom.Newsroom._work",  # a bug of its thread is raised by the screen
    "darkfactory.cli.boundary.run",  # what is left at the boundary is a bug of ours: a report
    "darkfactory.sessions.host.Host._work",  # a bug in a host ends one session, not the factory
}
SLEEPS = {
    "tests.fakes.factories.Factory.wait",  # between two looks at a fact
    "tests.fakes.hosted.Bench.wait",  # likewise
    "tests.crash.test_workspaces_killed.wait_for",  # likewise
    "tests.contract.test_stopped_processes.stop",  # likewise
    "tests.unit.server.test_log.awaited",  # likewise
    "tests.session_conformance.client.Client.wait_for",  # likewise
    "tests.session_conformance.client.wait_until",  # likewise
    "tests.fakes.scripted_model.wire.Handler._pause",  # the scripted model thinks
}
SLEEPERS = ("time.sleep", "asyncio.sleep", "sleep", "anyio.sleep")


@cache
def functions() -> list[Function]:
    return [one for each in (*PRODUCT, *SCRIPTS) for one in each.functions()]


def module(text: str, name: str = "package.module") -> Module:
    return Module(name, Path(f"{name}.py"), text)


def test_no_module_is_longer_than_500_lines() -> None:
    assert [(each.name, each.lines) for each in (*PRODUCT, *SCRIPTS) if each.lines > 500] == []


def test_no_function_is_longer_than_80_lines_and_few_are_longer_than_40() -> None:
    lengths = [one.lines for one in functions()]

    assert [one for one in functions() if one.lines > 80] == []
    assert percentile(lengths, 0.95) <= 40
    assert sum(lines > 50 for lines in lengths) / len(lengths) <= 0.025


def test_no_test_is_longer_than_80_lines() -> None:
    assert [one for each in TESTS for one in each.functions() if one.lines > 80] == []


def test_blocks_nest_at_most_four_deep() -> None:
    assert [one for one in functions() if one.depth > 4] == []


def test_most_functions_have_few_parameters() -> None:
    assert percentile([one.parameters for one in functions()], 0.95) <= 5


def test_no_modules_import_each_other_in_a_circle_not_even_inside_of_functions() -> None:
    assert cycles([*PRODUCT, *SCRIPTS]) == []


def test_every_protocol_and_every_error_says_what_it_promises() -> None:
    assert [one.place for each in PRODUCT for one in promises(each) if not one.said] == []


def test_everything_public_in_the_domain_says_what_it_is() -> None:
    domain = [each for each in PRODUCT if each.name.split(".")[1:2] == ["domain"]]

    assert domain
    assert [one.place for each in domain for one in publics(each) if not one.said] == []


def test_every_module_and_most_of_what_is_public_says_what_it_is() -> None:
    found = [one for each in PRODUCT for one in publics(each)]
    silent = {each.name for each in PRODUCT} & {one.place for one in found if not one.said}

    assert silent == set()
    assert sum(one.said for one in found) / len(found) >= 0.9


def test_everything_is_caught_only_where_a_reason_is_listed() -> None:
    assert {place for each in PRODUCT for place in broad_handlers(each)} == CATCH_ALL


def test_no_test_sleeps_but_the_listed_waits_for_facts() -> None:
    assert {place for each in TESTS for place in calls(each, *SLEEPERS)} == SLEEPS


def test_the_imports_keep_the_layers() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_report_prints_a_figure_a_line() -> None:
    told = report([module("def f(a):\n    return a\n")], [module("def t(): ...\n")]).splitlines()

    assert "code lines                          2" in told
    assert "test code : product code            0.50" in told


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("a = 1", 0),
        ("if a:\n    for b in c:\n        d()", 2),
        ("if a:\n    b()\nelif c:\n    d()\nelif e:\n    f()", 1),
        ("if a:\n    b()\nelse:\n    if c:\n        d()\n    e()", 2),
        ("try:\n    with a:\n        b()\nexcept C:\n    while d:\n        e()", 2),
        ("if a:\n    def f():\n        if b:\n            c()", 1),
    ],
)
def test_depth_counts_blocks_inside_of_blocks(text: str, deep: int) -> None:
    assert max(depth(node) for node in module(text).tree.body) == deep


def test_a_circle_through_an_import_inside_of_a_function_is_found() -> None:
    found = [
        module("def f():\n    from p.b import x", "p.a"),
        module("import p.c", "p.b"),
        module("from p import a", "p.c"),
        module("from p.a import f", "p.d"),
    ]

    assert cycles(found) == [["p.a", "p.b", "p.c"]]


def test_what_only_a_type_checker_imports_makes_no_circle() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import B"

    assert cycles([module(text, "p.a"), module("from p.a import f", "p.b")]) == []


@pytest.mark.parametrize(
    ("handler", "broad"),
    [
        ("except Exception:", True),
        ("except:", True),
        ("except (OSError, BaseException):", True),
        ("except OSError:", False),
        ("except (OSError, ValueError):", False),
    ],
)
def test_a_handler_is_broad_when_it_names_everything(handler: str, broad: bool) -> None:
    text = f"def f():\n    try:\n        a()\n    {handler}\n        b()"

    assert list(broad_handlers(module(text))) == ["package.module.f"] * broad


def test_a_public_method_without_a_word_is_silent_and_a_private_one_is_not_asked() -> None:
    text = '"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\n'

    assert [one.place for one in publics(module(text)) if not one.said] == ["package.module.A.b"]


def test_a_silent_error_and_a_silent_promise_are_found() -> None:
    text = (
        "class E(UsageError):\n    code = 'e'\n"
        "class P(Protocol):\n    '''P.'''\n    def b(self): ...\n"
    )

    silent = [one.place for one in promises(module(text)) if not one.said]

    assert silent == ["package.module.E", "package.module.P.b"]
