"""Run the command ``lockin`` as ``python -m lockin_sim``."""

import sys

from lockin_sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
