"""Serve a script until interrupted: ``python -m tests.fakes.scripted_model --script s.yaml``."""

import argparse
import json
import sys
import threading
from pathlib import Path

import yaml

from darkfactory.files import write_atomic
from tests.fakes.scripted_model import ScriptedModel


def main() -> int:
    """Read the arguments, print the URL as JSON, serve."""
    parser = argparse.ArgumentParser(description="A scripted model on loopback.")
    parser.add_argument("--script", required=True, type=Path, help="YAML or JSON")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--port-file", type=Path, help="the URL is put there once it listens")
    parser.add_argument("--log", type=Path, help="one JSON line for each request")
    given = parser.parse_args()
    script = yaml.safe_load(given.script.read_text())
    with ScriptedModel(script, port=given.port, log=given.log) as model:
        if given.port_file:
            write_atomic(given.port_file, model.url)
        sys.stdout.write(json.dumps({"url": model.url}) + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
