"""The generators of the documents, the browser of the report's tests, and the pages."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tools"), str(ROOT / "tests" / "report"), str(ROOT / "tests" / "docs")]
