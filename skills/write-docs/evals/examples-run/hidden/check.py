"""Each example of a page prints what the page says."""

import re
import subprocess
import sys

page = open("README.md", encoding="utf-8").read()
blocks = re.findall(r"^```\w*\n(\$ .*?)^```", page, re.M | re.S)
told = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
assert len(told) >= 2, "an example that works and one of an error"
seen = set()
for part in told:
    command, _, output = part.partition("\n")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    seen.add(bool(done.returncode))
    assert (done.stdout + done.stderr).strip() == output.strip(), (command, done.stdout + done.stderr)
sys.exit(seen != {True, False})
