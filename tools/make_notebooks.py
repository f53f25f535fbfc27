"""Run the notebooks of ``notebooks/`` and keep their outputs, without a trace of who ran them where.

``python tools/make_notebooks.py [NAME ...]`` runs all, or those whose file name contains a NAME.

Each is also run with few runs, and a digest of what every cell then shows is kept beside the outputs.  A test
runs it so again: other digests mean that its cells, rules, tables or words have changed since.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import io
import re
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import pandas as pd
import xarray as xr
from nbclient import NotebookClient
from PIL import Image

import lockin_sim as ls

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
#: All that a reader's Jupyter needs to know; versions and machines stay out.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LONGEST = 600  # seconds for one cell, and for the kernel to start on a busy machine
#: What is written in cells, and what takes its place where few runs are enough: two, of few years.
FEW = {r"(\bruns=|\"runs\": |\bRUNS = )\d+": r"\g<1>2", r"\bLAST = \d+": "LAST = 2016"}


def smaller(png: str) -> str:
    """A picture in base64 with a palette of 256 colours, which is a third of the size and looks the same."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    packed = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(packed, format="PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells from nothing, and keep their outputs.  Raises CellExecutionError where one fails."""
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=LONGEST,
        startup_timeout=LONGEST,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()


def with_few_runs(source: str) -> str:
    """The source of a cell, with few runs wherever it says how many."""
    for written, few in FEW.items():
        source = re.sub(written, few, source)
    return source


def few_runs(notebook: nbformat.NotebookNode) -> list[str]:
    """Run the cells of code from nothing in this process, with few runs.  Raises what a cell raises.

    Returns twelve hex digits of each: of its source, and of what it prints and returns but for pictures.
    """
    scope: dict[str, Any] = {"__name__": "__main__"}
    digests = []
    with contextlib.ExitStack() as around:
        # workers take longer to start than to run, and what a notebook sets for itself ends with it
        around.enter_context(mock.patch("os.cpu_count", return_value=1))
        around.enter_context(contextlib.chdir(FOLDER))
        around.enter_context(xr.set_options(display_style="html", display_expand_attrs="default"))
        around.enter_context(pd.option_context("display.float_format", None, "display.max_colwidth", 50))
        for number, source in enumerate((c.source for c in notebook.cells if c.cell_type == "code"), 1):
            with ls.running(engine="auto"):  # chosen for each cell, as the first study would choose for all
                shown = _executed(with_few_runs(source), scope, f"cell {number}")
            digests.append(hashlib.sha256(f"{source}\n{shown}".encode()).hexdigest()[:12])
    return digests


def _executed(source: str, scope: dict[str, Any], name: str) -> str:
    """What a cell prints and returns, as text."""
    *first, last = ast.parse(source).body
    returns = isinstance(last, ast.Expr)
    statements = first if returns else [*first, last]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(statements, []), name, "exec"), scope)
        value = eval(compile(ast.Expression(last.value), name, "eval"), scope) if returns else None
    getattr(value, "_repr_html_", value.__repr__)()
    return re.sub(r"-?\d+\.?\d*(e[-+]\d+)?", _rounded, printed.getvalue() + _text(value))


def _text(value: object) -> str:
    """What a cell returns, as text that is the same whatever versions of libraries there are."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return str(value.to_csv())
    if isinstance(value, xr.Dataset):
        return "\n".join(f"{name} {dict(array.sizes)}" for name, array in value.data_vars.items())
    return "" if hasattr(value, "savefig") else str(value)


def _rounded(number: re.Match[str]) -> str:
    """A number of a text to six digits, and one that is only rounding as 0: engines differ beyond."""
    value = float(number[0])
    return f"{value if abs(value) > 1e-9 else 0.0:.6g}"


def run(path: Path) -> None:
    """Execute one notebook, and write it only if every cell succeeds."""
    notebook = nbformat.read(path, as_version=4)
    digests = few_runs(notebook)
    execute(notebook)
    notebook.metadata = nbformat.from_dict(METADATA | {"few_runs": digests})
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":  # a bar that was shown while a cell ran leaves an empty output
            cell.outputs = [each for each in cell.outputs if each.get("data", {}).get("text/html") != ""]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main(names: list[str]) -> None:
    """Run what was asked for, one after the other."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or any(name in path.name for name in names):
            run(path)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
