import os
import sys

sys.path.insert(0, os.getcwd())

import subprocess

TRY = "from tags import tag_line; print(tag_line([{'tags': list('hgfed')}, {'tags': list('cbah')}]))"
for seed in range(8):
    done = subprocess.run(
        [sys.executable, "-c", TRY], env={"PYTHONHASHSEED": str(seed)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "a, b, c, d, e, f, g, h", (seed, done.stdout, done.stderr)
