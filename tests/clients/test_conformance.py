"""The public conformance suite of Durable Streams against ``df serve``, as a stranger runs it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from scripts.conformance import installed
from tests.fakes.factories import make_factory
from tests.fakes.served import serve

pytestmark = [pytest.mark.clients, pytest.mark.timeout(400)]

CASES = 332
NOT_RUN = frozenset({"pending", "skipped", "todo"})


def test_the_public_suite_passes_whole(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    report = tmp_path / "report.json"
    suite = installed()

    served = serve(factory)
    environment = {"DARKFACTORY_SERVER": served.url, "DARKFACTORY_TOKEN": served.token}
    arguments = ["--reporter=json", f"--outputFile={report}", "--testTimeout=20000"]
    done = subprocess.run(
        [suite / "node_modules" / ".bin" / "vitest", "run", *arguments],
        cwd=suite,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=360,
        check=False,
    )
    factory.end()

    told = json.loads(report.read_text())
    cases = [case for file in told["testResults"] for case in file["assertionResults"]]
    left_out = [case["fullName"] for case in cases if case["status"] in NOT_RUN]
    failed = [case["fullName"] for case in cases if case["status"] not in {"passed", *NOT_RUN}]
    assert (failed, done.returncode) == ([], 0), done.stderr[-2000:]
    assert len(cases) - len(left_out) == CASES
    assert all(name.startswith("Reserved subscription APIs") for name in left_out)
