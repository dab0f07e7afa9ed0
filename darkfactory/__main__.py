"""``python -m darkfactory``: the same program as ``darkfactory`` and ``df``."""

import sys

from darkfactory.cli import main

if __name__ == "__main__":
    sys.exit(main())
