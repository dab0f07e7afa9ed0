"""The tests that were added must fail on the code as it was."""

import shutil
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as room:
    copy = f"{room}/tree"
    shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".git", "hidden"))
    shutil.copytree("hidden/before", copy, dirs_exist_ok=True)
    done = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=copy, capture_output=True)
sys.exit(0 if done.returncode else "the tests pass on the code as it was")
