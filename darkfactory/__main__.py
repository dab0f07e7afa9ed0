"""``python -m darkfactory``: the same program as ``darkfactory`` and ``df``."""

import os
import sys

# Python puts the working folder first on its path; a file of the user's repository that is called
# like a library of ours must not be run for it.
if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from darkfactory.cli import main

if __name__ == "__main__":
    sys.exit(main())
