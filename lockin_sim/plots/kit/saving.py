"""Figures to files: complete or not there at all, and the same bytes for the same figure."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from lockin_sim.errors import unusable
from lockin_sim.outputs import check_target

DPI = 160
COLORS = 256  # tell lines and their edges apart
METADATA: dict[str, dict[str, Any]] = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}}


def save(figure: Figure, path: str | os.PathLike[str], *, svg: bool = False) -> list[Path]:
    """Write ``figure`` to ``path`` and return the files written.

    path  ends in .png (160 dots per inch) or .svg; missing folders are made
    svg   write a scalable copy beside a .png as well
    Each file is written under a temporary name and then renamed, so an interruption leaves no half figure.
    It holds no date and no version: the same figure gives the same bytes.
    Raises InputError for any other ending.
    """
    target = Path(path)
    if target.suffix not in METADATA:
        raise unusable("figure path", found=str(target), allowed="a name that ends in .png or .svg")
    targets = [target, target.with_suffix(".svg")] if svg and target.suffix == ".png" else [target]
    for each in targets:
        check_target(each, "figure path")
    target.parent.mkdir(parents=True, exist_ok=True)
    for each in targets:
        _write(figure, each)
    return targets


def _write(figure: Figure, target: Path) -> None:
    """Write a file under another name and move it into place when it is whole."""
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        with matplotlib.rc_context({"svg.hashsalt": "lockin_sim"}):
            figure.savefig(unfinished, dpi=DPI, metadata=METADATA[target.suffix])
        if target.suffix == ".png":
            unfinished.write_bytes(of_few_colors(unfinished.read_bytes(), COLORS))
        unfinished.chmod(0o644)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def of_few_colors(png: bytes, colors: int) -> bytes:
    """A picture with a palette: a third of the bytes, and no difference that a reader sees."""
    from PIL import Image

    found = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        plain = picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE)
        plain.save(found, format="PNG", optimize=True, dpi=picture.info.get("dpi"))
    return found.getvalue()
