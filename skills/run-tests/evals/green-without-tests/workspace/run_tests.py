"""Run the functions of tests/*_test.py whose names begin with test_."""

import importlib.util
import pathlib

ran = 0
for path in sorted(pathlib.Path("tests").glob("*_test.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in dir(module):
        if name.startswith("test_"):
            getattr(module, name)()
            ran += 1
print(f"ok: {ran} tests passed")
