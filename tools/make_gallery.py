"""Make the pictures of docs/plots.md by running the examples on that page.

    python tools/make_gallery.py

``![...](images/plots_NAME.png)`` shows the figure that the example before it calls NAME.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from lockin_sim.pages.plots import save

DOCS = Path(__file__).resolve().parent.parent / "docs"
COLORS = 255  # of a palette: flat figures lose nothing that shows, and take half the room


def main() -> int:
    """Run all examples in order and write their figures."""
    page = (DOCS / "plots.md").read_text(encoding="utf-8")
    scope: dict[str, Any] = {}
    for code in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        exec(compile(code, "docs/plots.md", "exec"), scope)
    for name in re.findall(r"\]\(images/plots_(\w+)\.png\)", page):
        (path,) = save(scope[name], DOCS / "images" / f"plots_{name}.png")
        Image.open(path).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.relative_to(DOCS)}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
