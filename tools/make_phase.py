"""Run the sweep of ``notebooks/04_where_a_lead_lasts.ipynb`` in full, 10,000 runs, and draw its two pictures.

    python tools/make_phase.py

The runs are stored in build/where_a_lead_lasts: after an interruption the same command continues from them.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

from lockin_sim.pages.plots import save

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "04_where_a_lead_lasts.ipynb"

#: Name in docs/images of each figure that the notebook draws, in order.
PICTURES = ("lead_lasts_by_taste", "lead_lasts_by_loans")

COLORS = 255  # of a palette: flat figures lose nothing that shows, and take half the room


def in_full() -> list[str]:
    """Code of the notebook, cell by cell, with the sweep in full.  Raises ValueError without its switch."""
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    full = [source.replace("FULL = False", "FULL = True") for source in cells]
    if full == cells:
        raise ValueError(f"{NOTEBOOK.name}: found no FULL = False; allowed: one, in a cell of code")
    return full


def figures(cells: list[str]) -> list[Any]:
    """Run cells in order; the figures that they end with."""
    scope: dict[str, Any] = {}
    found = []
    for number, source in enumerate(cells, 1):
        *first, last = ast.parse(source).body
        where, drawn = f"{NOTEBOOK.name} [{number}]", ast.unparse(last).startswith("plots.")
        body: list[ast.stmt] = [*first, *([] if drawn else [last])]
        exec(compile(ast.Module(body, []), where, "exec"), scope)
        if drawn and isinstance(last, ast.Expr):
            found.append(eval(compile(ast.Expression(last.value), where, "eval"), scope))
    return found


def main() -> int:
    """Sweep, or continue, and write the pictures."""
    os.chdir(NOTEBOOK.parent)  # the notebook's paths begin there
    for name, figure in zip(PICTURES, figures(in_full()), strict=True):
        (path,) = save(figure, ROOT / "docs" / "images" / f"{name}.png")
        Image.open(path).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
