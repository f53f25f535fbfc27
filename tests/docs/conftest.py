"""The generators of the documents, which live outside the package, and the browser of the report's tests."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tools"), str(ROOT / "tests" / "report")]
