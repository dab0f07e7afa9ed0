"""``make bench``: what the factory costs, as ratios within one run.

Each figure compares two ways of doing the same work on the same machine in the same minutes, so
the machine's own speed cancels out. ``--write`` keeps the results in docs/benchmarks.md, beside
what that page has of parts that were not run;
``--quick`` uses small numbers, to see that it works.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from scripts.benchmarks import (
    conflicts,
    crowd,
    events,
    gate,
    leases,
    lint,
    overhead,
    queue,
    server,
    startup,
    waffle,
)
from scripts.benchmarks.report import Row, machine, write_report

BENCHES: dict[str, Callable[..., Iterable[Row]]] = {
    "overhead": overhead.measure,
    "leases": leases.measure,
    "startup": startup.measure,
    "crowd": crowd.measure,
    "events": events.measure,
    "server": server.measure,
    "waffle": waffle.measure,
    "lint": lint.measure,
    "queue": queue.measure,
    "gate": gate.measure,
    "conflicts": conflicts.measure,
}


def main() -> int:
    """Run the chosen benchmarks and print (or write) their table."""
    parser = argparse.ArgumentParser(description="Measure the factory")
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which ones; default all")
    parser.add_argument("--quick", action="store_true", help="small numbers")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.names or BENCHES:
        sys.stderr.write(f"{name} ...\n")
        with tempfile.TemporaryDirectory(prefix="df-bench-") as folder:
            for row in BENCHES[name](Path(folder), quick=options.quick):
                rows.append(row)
                print(row.text(), flush=True)
    if options.write:
        write_report(rows, machine(), keep=bool(options.names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
