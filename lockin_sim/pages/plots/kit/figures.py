"""Declare figures with the dataset they draw, save them to files, and embed them in pages."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import xarray as xr
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.files import check_target, write_atomically
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.versions import describe_difference
from lockin_sim.pages.plots.kit.style import HEADLINE, NOTE

DPI, CSS_DPI, POINTS = 160, 96, 72  # an inch, of files, pages and outlines
COLORS = 256  # as many as tell lines and their edges apart

#: Around what pages show of a figure, inches.
MARGIN = 0.04

#: Larger drawings are embedded as dots: their outlines are long.
MOST_SVG_BYTES = 60_000


@dataclass(frozen=True)
class Declared:
    """Declaration of a figure: its function, study, file name, and the datasets it can draw."""

    draw: Callable[..., Figure]
    of: str
    file: str
    when: Callable[[xr.Dataset], bool]


#: Every figure, by the name of the function that draws it.
FIGURES: dict[str, Declared] = {}


def figure[F: Callable[..., Figure]](
    of: str, *, file: str = "", when: Callable[[xr.Dataset], bool] = lambda _: True
) -> Callable[[F], F]:
    """Declare a figure: a name of ``ls.plots``, and a file wherever its study is written.

    of    the study whose dataset it draws, or what else it takes, in a word
    file  its name in a folder without ending, by default that of the function
    when  whether a dataset of the study contains what it draws
    """

    def declare(draw: F) -> F:
        """Register the function as a figure and as a public name of its module."""
        public = checks_keywords()(_of_this_version(draw))
        FIGURES[draw.__name__] = Declared(public, of, file or draw.__name__, when)
        vars(sys.modules[draw.__module__]).setdefault("__all__", []).append(draw.__name__)
        return public

    return declare


def _of_this_version[F: Callable[..., Figure]](draw: F) -> F:
    """Name another version or other rules in the error of a figure whose dataset lacks variables."""

    @wraps(draw)
    def checked(*values: Any, **named: Any) -> Figure:
        """Draw the figure."""
        try:
            return draw(*values, **named)
        except (KeyError, AttributeError, InputError) as error:
            for each in (*values, *named.values()):
                if isinstance(each, xr.Dataset) and (other := describe_difference(each.attrs)):
                    raise InputError(
                        f"figure {draw.__name__}: {error} ({other}: compute them again)"
                    ) from error
            raise

    return checked  # type: ignore[return-value]


@checks_keywords()
def saving(
    of: str, dataset: xr.Dataset, folder: Path, *, svg: bool = False
) -> dict[str, Callable[[], list[Path]]]:
    """Return a function that saves each figure of a study in a folder, by its name there."""

    def draw(one: Declared) -> list[Path]:
        """Draw and save one figure."""
        return save(one.draw(dataset), folder / f"{one.file}.png", svg=svg)

    fitting = (one for one in FIGURES.values() if one.of == of and one.when(dataset))
    return {one.file: partial(draw, one) for one in fitting}


@checks_keywords()
def save(figure: Figure, path: str | os.PathLike[str], *, svg: bool = False) -> list[Path]:
    """Write a figure to a file, whole or not at all; equal figures give equal bytes.

    Parameters
    ----------
    figure
        one of ``lockin_sim.pages.plots``, or any other of matplotlib
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
    return Drawing(figure).save(path, svg=svg)


class Embedded(NamedTuple):
    """A figure's headline and note, and the picture without them, for pages with their own type.

    uri     data URI of an SVG, or of a PNG where the SVG would be large
    width, height  CSS pixels
    doubt   uncertainty of the headline, in a sentence
    """

    headline: str
    note: str
    uri: str
    width: int
    height: int
    doubt: str = ""

    @property
    def alternative(self) -> str:
        """Alternative text of the picture."""
        return f"Chart: {self.headline}. {self.note}"


@checks_keywords()
def embedded(figure: Figure, *, most: int = MOST_SVG_BYTES) -> Embedded:
    """Convert a figure for a page, cropped to its content without headline and note.

    most  bytes of an SVG, beyond which a PNG is embedded
    """
    return Drawing(figure).embedded(most)


class Drawing:
    """Finished figure, drawn once in each format, for files and pages.

    figure  a matplotlib figure
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure

    @cached_property
    def dots(self) -> bytes:
        """Figure as a PNG of few colours."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="tiff", dpi=DPI)  # as a PNG it would be packed twice
        return of_few_colors(buffer.getvalue(), COLORS)

    @cached_property
    def outlines(self) -> bytes:
        """Figure as an SVG, without date and version, so that equal figures give equal bytes."""
        buffer = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "lockin_sim"}):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    def save(self, path: str | os.PathLike[str], *, svg: bool = False) -> list[Path]:
        """Write the figure to a file, see :func:`save`."""
        target = Path(path)
        if target.suffix not in (".png", ".svg"):
            raise unusable("figure path", found=str(target), allowed="a name that ends in .png or .svg")
        targets = [target, target.with_suffix(".svg")] if svg and target.suffix == ".png" else [target]
        for each in targets:
            check_target(each, "figure path")
        for each in targets:
            with write_atomically(each, "figure path") as unfinished:
                unfinished.write_bytes(self.dots if each.suffix == ".png" else self.outlines)
        return targets

    def embedded(self, most: int = MOST_SVG_BYTES) -> Embedded:
        """Convert the figure for a page, see :func:`embedded`."""
        words = [text for text in self.figure.texts if text.get_gid() in (HEADLINE, NOTE)]
        bare = _WORDS.sub(b"", self.outlines)
        dots = len(bare) > most
        box, kind = _box_without(words, self.figure, dots=dots), "png" if dots else "svg+xml"
        height = self.figure.get_figheight()
        picture = _cropped_dots(self.dots, box) if dots else _cropped_outlines(bare, box, height)
        lines = {text.get_gid(): " ".join(text.get_text().split()) for text in words}
        said = {gid: line.replace(" %", "\N{NO-BREAK SPACE}%") for gid, line in lines.items()}
        uri = f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
        width, height = (round(CSS_DPI * inches) for inches in box.size)
        return Embedded(said.get(HEADLINE, ""), said.get(NOTE, ""), uri, width, height)


def _box_without(words: Sequence[Text], figure: Figure, *, dots: bool) -> Bbox:
    """Compute the extent of a figure without some texts, inches from the lower left corner.

    dots  whether it is drawn as a PNG, in which other texts are a little wider
    """
    dpi = DPI if dots else POINTS
    renderer: Any = RendererAgg(1, 1, dpi) if dots else RendererSVG(1, 1, io.StringIO())  # type: ignore[no-untyped-call]
    usual, figure.dpi = figure.dpi, dpi
    for text in words:
        text.set_visible(False)
    try:
        return figure.get_tightbbox(renderer).padded(MARGIN)
    finally:
        figure.dpi = usual
        for text in words:
            text.set_visible(True)


#: Size of an SVG and what it shows, and either of the two texts, which are drawn last, as matplotlib writes
#: them.
_SIZE = re.compile(rb'width="[\d.]+pt" height="[\d.]+pt" viewBox="[\d. ]+"')
_WORDS = re.compile(rf'\n  <g id="(?:{HEADLINE}|{NOTE})">.*?\n  </g>'.encode(), re.DOTALL)


def _cropped_outlines(svg: bytes, box: Bbox, height: float) -> bytes:
    """Crop an SVG to a box, inches; ``height`` is that of the whole."""
    x, y, wide, high = (POINTS * inches for inches in (box.x0, height - box.y1, box.width, box.height))
    size = f'width="{wide:.2f}pt" height="{high:.2f}pt" viewBox="{x:.2f} {y:.2f} {wide:.2f} {high:.2f}"'
    return _SIZE.sub(size.encode(), svg, count=1)


def _cropped_dots(png: bytes, box: Bbox) -> bytes:
    """Crop a PNG to a box, inches."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        x, y, right, low = (round(DPI * inches) for inches in (box.x0, box.y0, box.x1, box.y1))
        part = max(x, 0), max(picture.height - low, 0), min(right, picture.width), picture.height - max(y, 0)
        picture.crop(part).save(buffer, format="PNG")
    return buffer.getvalue()


def of_few_colors(drawn: bytes, colors: int) -> bytes:
    """Reduce a picture to a PNG with a palette: a third of the bytes, without visible difference."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as picture:
        plain = picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE)
        # to pack it tighter, by a twentieth, would take seven times as long
        plain.save(buffer, format="PNG", dpi=picture.info.get("dpi"))
    return buffer.getvalue()
