import json
import subprocess

told = json.load(open("RESULT.json"))
done = subprocess.run(["sh", "check.sh"], capture_output=True, text=True)
assert told["exit"] == done.returncode, (told["exit"], done.returncode)
