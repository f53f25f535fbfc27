"""``python -m lockin_sim``: the command ``lockin``."""

import sys

from lockin_sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
