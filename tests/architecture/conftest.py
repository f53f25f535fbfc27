"""Tools that these tests call."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "tools"))
