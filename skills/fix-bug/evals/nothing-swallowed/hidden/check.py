import os
import sys

sys.path.insert(0, os.getcwd())

import tempfile

from config import ConfigBroken, load


def read(text):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        return load(file.name)


assert read('{"host": "example.org"}') == {"port": 8080, "host": "example.org"}
assert read('{"port": 0}') == {"port": 0, "host": "localhost"}
for broken in ("{", ""):
    try:
        read(broken)
    except ConfigBroken as error:
        assert ".json" in str(error)
    else:
        raise AssertionError("a broken file must be told")
try:
    load("/nowhere/at-all.json")
except FileNotFoundError:
    pass
else:
    raise AssertionError("a missing file must be told")
