"""Run the notebooks of ``notebooks/`` and keep their outputs, without a trace of who ran them where.

``python tools/make_notebooks.py [NAME ...]`` runs all, or those whose file name contains a NAME.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
#: All that a reader's Jupyter needs to know; versions and machines stay out.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LONGEST = 600  # seconds for one cell, and for the kernel to start on a busy machine


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


def run(path: Path) -> None:
    """Execute one notebook, and write it only if every cell succeeds."""
    notebook = nbformat.read(path, as_version=4)
    execute(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
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
