"""The public conformance suite of Durable Streams against ``df serve``, as a stranger runs it."""

from pathlib import Path

import pytest

from scripts.conformance import SUITE, run
from tests.fakes.factories import make_factory
from tests.fakes.served import serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(400)]

CASES = 332


def test_the_public_suite_passes_whole(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])

    served = serve(factory)
    result = run(SUITE.installed(), served.url, served.token)
    factory.end()

    assert result.failed == [], result.said
    assert len(result.passed) == CASES
    assert all(name.startswith("Reserved subscription APIs") for name in result.left_out)
