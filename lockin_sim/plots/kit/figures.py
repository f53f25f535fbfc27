"""Figures as things: declared beside the dataset that they draw, saved to files, embedded in pages."""

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

import matplotlib
import xarray as xr
from matplotlib.figure import Figure

from lockin_sim.common.errors import unusable
from lockin_sim.common.files import check_target, whole_file
from lockin_sim.plots.kit.style import HEADLINE, NOTE

DPI, COLORS = 160, 256  # of files: as many colours as tell lines and their edges apart
EMBEDDED_DPI, EMBEDDED_COLORS, CSS_DPI = 144, 64, 96

#: Larger drawings are embedded as dots of few colours: their outlines are long.
MOST_SVG_BYTES = 60_000

#: By ending; no date and no version, so that the same figure gives the same bytes.
METADATA: dict[str, dict[str, Any]] = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}}


@dataclass(frozen=True)
class Declared:
    """One figure: what draws it, of which study, under which name in its folder, and of which datasets."""

    draw: Callable[..., Figure]
    of: str
    file: str
    when: Callable[[xr.Dataset], bool]


#: Every figure, by the name of the function that draws it.
FIGURES: dict[str, Declared] = {}


def figure[F: Callable[..., Figure]](
    of: str, *, file: str = "", when: Callable[[xr.Dataset], bool] = lambda _: True
) -> Callable[[F], F]:
    """Declare a figure: it becomes a name of ``lockin_sim.plots``, and a file wherever its study is written.

    of    the study whose dataset it draws, or what else it takes, in a word
    file  its name in a folder without ending, by default that of the function
    when  whether a dataset of the study holds what it draws
    """

    def declare(draw: F) -> F:
        """Enter the function among the figures and the public names of its module."""
        FIGURES[draw.__name__] = Declared(draw, of, file or draw.__name__, when)
        vars(sys.modules[draw.__module__]).setdefault("__all__", []).append(draw.__name__)
        return draw

    return declare


def saving(
    of: str, dataset: xr.Dataset, folder: Path, *, svg: bool = False
) -> dict[str, Callable[[], list[Path]]]:
    """What saves each figure of a study in a folder, by its name there."""

    def draw(one: Declared) -> list[Path]:
        """Draw and save one."""
        return save(one.draw(dataset), folder / f"{one.file}.png", svg=svg)

    fitting = (one for one in FIGURES.values() if one.of == of and one.when(dataset))
    return {one.file: partial(draw, one) for one in fitting}


def save(figure: Figure, path: str | os.PathLike[str], *, svg: bool = False) -> list[Path]:
    """Write a figure to a file, whole or not at all, and the same bytes each time.

    Parameters
    ----------
    figure
        one of ``lockin_sim.plots``, or any other of matplotlib
    path
        ends in .png (160 dots per inch) or .svg; missing folders are made
    svg
        write a scalable copy beside a .png as well

    Returns
    -------
    list of Path
        the files written

    Raises
    ------
    InputError
        for any other ending, or a place that cannot be written
    """
    target = Path(path)
    if target.suffix not in METADATA:
        raise unusable("figure path", found=str(target), allowed="a name that ends in .png or .svg")
    targets = [target, target.with_suffix(".svg")] if svg and target.suffix == ".png" else [target]
    for each in targets:
        check_target(each, "figure path")
    for each in targets:
        with whole_file(each, "figure path") as unfinished:
            drawn = _drawn(figure, each.suffix, dpi=DPI)
            if each.suffix == ".svg" and len(drawn) > 2 * MOST_SVG_BYTES:
                _LARGE.add(figure)
            unfinished.write_bytes(of_few_colors(drawn, COLORS) if each.suffix == ".png" else drawn)
    return targets


#: Figures that were saved and whose SVG is large without its words, too, which take less than the rest.
_LARGE: WeakSet[Figure] = WeakSet()


class Embedded(NamedTuple):
    """A figure's headline and note, and the picture without them: for pages that set words in their own type.

    uri     data URI of an SVG, or of a PNG where the SVG would be large
    width, height  CSS pixels
    doubt   how sure the headline is, in a sentence
    """

    headline: str
    note: str
    uri: str
    width: int
    height: int
    doubt: str = ""

    @property
    def alternative(self) -> str:
        """The text in place of the picture."""
        return f"Chart: {self.headline}. {self.note}"


def embedded(figure: Figure, *, most: int = MOST_SVG_BYTES) -> Embedded:
    """Make a figure ready for a page, cropped to what is left without its words; it stays as it is.

    most  bytes of an SVG, beyond which dots are embedded
    """
    texts = {text.get_gid(): text for text in figure.texts if text.get_gid() in (HEADLINE, NOTE)}
    lines = {gid: " ".join(text.get_text().split()) for gid, text in texts.items()}
    words = {gid: line.replace(" %", "\N{NO-BREAK SPACE}%") for gid, line in lines.items()}
    how: dict[str, Any] = {"dpi": EMBEDDED_DPI, "bbox_inches": "tight", "pad_inches": 0.04}
    for text in texts.values():
        text.set_visible(False)
    try:
        kind, drawn = "svg+xml", b"" if figure in _LARGE else _drawn(figure, ".svg", **how)
        if not 0 < len(drawn) <= most:
            kind, drawn = "png", of_few_colors(_drawn(figure, ".png", **how), EMBEDDED_COLORS)
        box = figure.get_tightbbox()
    finally:
        for text in texts.values():
            text.set_visible(True)
    uri = f"data:image/{kind};base64,{base64.b64encode(drawn).decode('ascii')}"
    width, height = (round(CSS_DPI * inches) for inches in (box.width, box.height))
    return Embedded(words.get(HEADLINE, ""), words.get(NOTE, ""), uri, width, height)


def _drawn(figure: Figure, ending: str, **how: Any) -> bytes:
    """The bytes of a figure as a file with an ending."""
    buffer = io.BytesIO()
    if ending == ".png":
        how["pil_kwargs"] = {"compress_level": 0}  # it is packed once more, with few colors
    with matplotlib.rc_context({"svg.hashsalt": "lockin_sim"}):
        figure.savefig(buffer, format=ending[1:], metadata=METADATA[ending], **how)
    return buffer.getvalue()


def of_few_colors(png: bytes, colors: int) -> bytes:
    """A picture with a palette: a third of the bytes, and no difference that a reader sees."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        plain = picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE)
        # to pack it tighter, by a twentieth, would take seven times as long
        plain.save(buffer, format="PNG", dpi=picture.info.get("dpi"))
    return buffer.getvalue()
