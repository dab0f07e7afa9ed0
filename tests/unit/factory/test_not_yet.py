"""What a release does not do is asked of the code, so that no page can promise too much."""

from dataclasses import replace

from darkfactory.domain.settings import GateSettings
from darkfactory.factory.not_yet import not_yet, said_in_vain
from scripts.docs import lanes_page
from tests.fakes.gates import SETTINGS


def test_the_page_of_lanes_yaml_says_what_is_refused_and_what_to_do() -> None:
    page = lanes_page()
    section = page[page.index("## Not in this release") : page.index("## Top level")]

    for one in not_yet():
        assert f"| `{one.key}: {one.value}` | {one.what} | {one.instead} |" in section


def test_what_is_asked_for_and_not_there_yet_is_not_ignored_in_silence() -> None:
    asking = replace(SETTINGS, gate=GateSettings(forge="github"))

    assert list(said_in_vain(SETTINGS)) == []
    assert list(said_in_vain(asking)) == [
        "gate.forge: github: changes are shown here only, not as pull requests yet",
    ]
