"""House style: inks, one colour, marker and hatch per sponsor, measured words, sheets with a finding."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from lockin_sim.wording import spoken
from lockin_sim.world.names import column_of

INK = "#1F2933"  # what a scenario is drawn in, and all text that matters
QUIET = "#6B7680"  # baseline, notes, axes: dark enough to read in print
FAINT = "#D5DADF"  # grid, zero bands, land without a value
NO_SPONSOR = "#9AA3AB"

RISE, FALL = "#7A3B00", "#4B2A85"  # brown and violet: effects above and below zero; no sponsor's colours
PALE = "#F4F5F6"  # the weak end of every scale

#: For print without colour, in the order of sponsors in the bundled table, which holds their colours.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("/////", "....", "|||||", "xxxxx", "-----", "\\\\\\\\\\", "+++++")

TITLE, TEXT, SMALL = 13.0, 9.5, 8.5  # points
SCREEN = 110  # dots per inch in a notebook

NAME = 2.25  # inches that a name may take at the size of text above a panel or at the end of a line,
ROW = 4.0  # beside a row, which makes room for it,
SPOKEN = 6.0  # and in a headline, which goes on in the next line

#: Names may hold any sign: no text is taken for mathematics.
PLAIN: Any = {"text.parse_math": False}

#: Marks of the two texts above a figure's axes, by which pages find them.
HEADLINE, NOTE = "headline", "note"


def sponsor_color(sponsor: str) -> str:
    """The sponsor's one colour, from the bundled table; grey where that has none."""
    return str(column_of("sponsors", "color").get(sponsor, NO_SPONSOR))


def sponsor_marker(sponsor: str) -> str:
    """The sponsor's marker; a circle where the bundled table does not have it."""
    return _in_order(MARKERS).get(sponsor, "o")


def sponsor_hatch(sponsor: str, other: str) -> str:
    """The sponsor's hatch, or another where the bundled table does not have it."""
    return _in_order(HATCHES).get(sponsor, other)


def _in_order(marks: tuple[str, ...]) -> dict[str, str]:
    """Marks by colour, in the order of the sponsors' table."""
    return dict(zip(column_of("sponsors", "color"), marks, strict=False))


def toward(color: str, target: str, share: float) -> str:
    """``color`` mixed with ``share`` (0-1) of ``target``."""
    mixed = (1 - share) * np.array(to_rgb(color)) + share * np.array(to_rgb(target))
    return to_hex(tuple(mixed.tolist()))


def lightness(color: str) -> float:
    """How light the colour prints in grey, 0-1."""
    return float(np.dot((0.299, 0.587, 0.114), to_rgb(color)))


def effect_color(depth: float) -> str:
    """Colour of an effect, from -1 (largest fall) to 1 (largest rise); pale near zero, where it is small."""
    return toward(PALE, RISE if depth > 0 else FALL, 0.25 + 0.65 * min(abs(depth), 1.0))


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Inches that one line of ``text`` takes at ``size`` points, measured in the font itself."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight=weight)
    with rc_context(PLAIN):
        return float(TextPath((0, 0), text, size=size, prop=font).vertices[:, 0].max(initial=0)) / 72


@lru_cache(maxsize=1024)
def brief(name: object, room: float = NAME) -> str:
    """A name as it is written in text; without its middle where it takes more than ``room`` inches."""
    text = "".join(sign if sign.isprintable() else " " for sign in spoken(name))
    for length in range(len(text), 0, -1):
        head, tail = text[: length - length // 3], text[len(text) - length // 3 :]
        shown = text if length == len(text) else f"{head}\N{HORIZONTAL ELLIPSIS}{tail}"
        if text_width(shown, TEXT) <= room:
            return shown
    return text[:1]


def room_for(names: Sequence[str], size: float = TEXT, weight: str = "normal") -> float:
    """Inches beside a figure's axes that hold the longest of the names."""
    return max(0.9, 0.35 + max((text_width(name, size, weight) for name in names), default=0.0))


def wrapped(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """Lines of ``text`` that fit ``inches`` at ``size`` points; no break before a per cent sign."""
    lines = [""]
    for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or text_width(longer, size, weight) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class ShownFigure(Figure):
    """A figure that a notebook draws where a cell returns it, without ``%matplotlib inline`` too.

    Its texts stand as they are written, dollar signs too.
    """

    def draw(self, renderer: Any) -> None:
        """As that of every figure."""
        with self._plain():
            super().draw(renderer)

    def get_tightbbox(self, *arguments: Any, **named: Any) -> Any:
        """As that of every figure."""
        with self._plain():
            return super().get_tightbbox(*arguments, **named)

    @contextmanager
    def _plain(self) -> Iterator[None]:
        """Texts that are there, and those that are made on the way, are no mathematics."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        with rc_context(PLAIN):
            yield

    def _repr_png_(self) -> bytes:
        """The picture that a notebook shows."""
        image = io.BytesIO()
        with rc_context({"text.hinting": "none"}):  # hinted text is wider than measured at few dots per inch
            self.savefig(image, format="png", dpi=SCREEN, metadata={"Software": None})
        return image.getvalue()


def sheet(
    title: str,
    note: str,
    *,
    width: float,
    body: float,
    grid: tuple[int, int] = (1, 1),
    left: float = 0.8,
    right: float = 0.3,
    bottom: float = 0.6,
    gap: tuple[float, float] = (0.4, 0.6),
    lead: float = 0.4,
    **sharing: Any,
) -> tuple[Figure, NDArray[Any]]:
    """A figure with a left-aligned headline and note above a grid of axes; all lengths in inches.

    body  height of the grid of axes;  gap  between columns and between rows
    lead  room between the note and the axes;  sharing  sharex, sharey, width_ratios of ``Figure.subplots``
    """
    titles = wrapped(title, width - 0.4, TITLE, "bold")
    notes = wrapped(note, width - 0.4, TEXT)
    title_height, note_height = len(titles) * TITLE * 1.3 / 72, len(notes) * TEXT * 1.35 / 72
    height = 0.18 + title_height + 0.06 + note_height + lead + body + bottom
    figure = ShownFigure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(
        "\n".join(titles), x=0.2 / width, y=1 - 0.18 / height, ha="left", va="top",
        fontsize=TITLE, fontweight="bold", color=INK, linespacing=1.15, gid=HEADLINE,
    )  # fmt: skip
    figure.text(
        0.2 / width, 1 - (0.24 + title_height) / height, "\n".join(notes), ha="left", va="top",
        fontsize=TEXT, color=QUIET, linespacing=1.2, gid=NOTE,
    )  # fmt: skip
    axes = figure.subplots(*grid, squeeze=False, **sharing)
    rows, columns = grid
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        bottom=bottom / height,
        top=(bottom + body) / height,
        wspace=gap[0] / ((width - left - right - gap[0] * (columns - 1)) / columns),
        hspace=gap[1] / ((body - gap[1] * (rows - 1)) / rows),
    )
    for ax in axes.flat:
        tidy(ax)
    return figure, axes


def tidy(ax: Axes) -> None:
    """Thin bottom axis, faint horizontal grid, nothing else."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(QUIET)
    ax.spines["bottom"].set_linewidth(0.6)
    ax.grid(axis="y", color=FAINT, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, colors=QUIET, labelsize=SMALL, pad=4)
