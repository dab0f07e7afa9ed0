import shutil
import subprocess
import tempfile

now = open("docs/options.md").read()
with tempfile.TemporaryDirectory() as room:
    shutil.copytree("docs", f"{room}/docs")
    subprocess.run(["python3", "docs/generate.py"], cwd=room, check=True)
    again = open(f"{room}/docs/options.md").read()
assert now == again, "the page is not what its source gives"
assert "--output" in again and "`--out`" not in again
