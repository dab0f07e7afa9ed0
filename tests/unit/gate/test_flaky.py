"""Flaky checks: what is remembered of them, and which of them bear on a change."""

from darkfactory.gate.flaky import WHOLE, Flake, Flaky


def known() -> Flaky:
    flaky = Flaky()
    for change, at in (("c-a", 10.0), ("c-b", 20.0)):
        data = {"change": change, "tree": "t", "failing": ["tests/test_x.py::test_y"]}
        flaky.tell({**data, "result": "pass"}, at)
    return flaky


def test_only_what_was_green_the_second_time_is_flaky() -> None:
    flaky = known()

    flaky.tell({"change": "c-c", "failing": ["test_z"], "result": "fail"}, 30.0)

    assert (flaky.retests, flaky.green) == (3, 2)
    assert flaky.checks == {
        "tests/test_x.py::test_y": [Flake("c-a", "t", 10.0), Flake("c-b", "t", 20.0)]
    }


def test_a_run_that_names_no_check_makes_the_harness_flaky_and_no_check_known() -> None:
    flaky = Flaky()

    flaky.tell({"change": "c-a", "tree": "t", "failing": [], "result": "pass"}, 1.0)

    assert list(flaky.checks) == [WHOLE]
    assert not flaky.knows(())


def test_all_that_fails_has_to_be_known() -> None:
    flaky = known()

    assert flaky.knows(("tests/test_x.py::test_y",))
    assert not flaky.knows(("tests/test_x.py::test_y", "test_other"))


def test_a_flaky_check_bears_on_what_fails_in_it_flaked_in_it_or_touches_its_file() -> None:
    flaky = known()

    failed = list(flaky.bearing_on("c-z", ["tests/test_x.py::test_y"], ()))
    flaked = list(flaky.bearing_on("c-a", (), ()))
    touched = list(flaky.bearing_on("c-z", (), ["tests/test_x.py"]))
    nothing = list(flaky.bearing_on("c-z", ["test_other"], ["src/x.py"]))

    assert [why for _, why in failed] == ["it fails here, and has passed on the same tree before"]
    assert [why for _, why in flaked] == ["it failed here, then passed on the same tree"]
    assert [why for _, why in touched] == ["its file is changed here"]
    assert nothing == []
