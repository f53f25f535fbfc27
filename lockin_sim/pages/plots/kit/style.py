"""House style: colours and marks of sponsors, text measurement, figure layout, and drawing helpers."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from numpy.typing import ArrayLike, NDArray

from lockin_sim.common.conventions import Floats
from lockin_sim.common.formats import spoken
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.world.names import read_label_column

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
SPOKEN = 5.2  # and in a headline, which goes on in the next line

#: Names may hold any sign: no text is taken for mathematics.
PLAIN: Any = {"text.parse_math": False}

#: Marks of the two texts above a figure's axes, by which pages find them, and their place in the order of
#: drawing: what is drawn before does without them.
HEADLINE, NOTE, LAST = "headline", "note", 100


@checks_keywords()
def sponsor_color(sponsor: str) -> str:
    """Return a sponsor's colour from the bundled table; grey for a sponsor that is not in the table."""
    return str(read_label_column("sponsors", "color").get(sponsor, NO_SPONSOR))


def sponsor_marker(sponsor: str) -> str:
    """Return a sponsor's marker; a circle for a sponsor that is not in the bundled table."""
    return _assign_marks(MARKERS).get(sponsor, "o")


def sponsor_hatch(sponsor: str, other: str) -> str:
    """Return a sponsor's hatch, or ``other`` for a sponsor that is not in the bundled table."""
    return _assign_marks(HATCHES).get(sponsor, other)


def _assign_marks(marks: tuple[str, ...]) -> dict[str, str]:
    """Map each sponsor of the bundled table, in its order, to one of the marks."""
    return dict(zip(read_label_column("sponsors", "color"), marks, strict=False))


def mix_colors(color: str, target: str, share: float) -> str:
    """Mix ``color`` with ``share`` (0-1) of ``target``; return a hex code."""
    mixed = (1 - share) * np.array(to_rgb(color)) + share * np.array(to_rgb(target))
    return to_hex(tuple(mixed.tolist()))


def compute_lightness(color: str) -> float:
    """Compute how light a colour prints in grey, 0 (black) to 1 (white)."""
    return float(np.dot((0.299, 0.587, 0.114), to_rgb(color)))


def effect_color(depth: float) -> str:
    """Return the colour of an effect, from -1 (largest fall) to 1 (largest rise).

    Small effects are pale.
    """
    return mix_colors(PALE, RISE if depth > 0 else FALL, 0.25 + 0.65 * min(abs(depth), 1.0))


@lru_cache(maxsize=4096)
def measure_text_width(text: str, size: float, weight: str = "normal") -> float:
    """Measure the width of one line of ``text`` at ``size`` points, in inches, from the font's glyphs."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight=weight, size=size)
    width: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72
    return width


@lru_cache(maxsize=1024)
def shorten_name(name: object, room: float = NAME) -> str:
    """Format a name for text; cut out its middle if the name is wider than ``room`` inches."""
    text = "".join(sign if sign.isprintable() else " " for sign in spoken(name))
    for length in range(len(text), 0, -1):
        head, tail = text[: length - length // 3], text[len(text) - length // 3 :]
        shown = text if length == len(text) else f"{head}\N{HORIZONTAL ELLIPSIS}{tail}"
        if measure_text_width(shown, TEXT) <= room:
            return shown
    return text[:1]


def compute_name_room(names: Sequence[str], size: float = TEXT, weight: str = "normal") -> float:
    """Compute the inches beside a figure's axes that hold the longest of the names, at least 0.9."""
    return max(0.9, 0.35 + max((measure_text_width(name, size, weight) for name in names), default=0.0))


def wrap_text(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """Wrap ``text`` into lines of at most ``inches`` at ``size`` points; keep ' %' with its number."""
    lines = [""]
    for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or measure_text_width(longer, size, weight) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class NotebookFigure(Figure):
    """A figure that a notebook displays when a cell returns it, even without ``%matplotlib inline``.

    All text is shown literally, dollar signs too.
    """

    def draw(self, renderer: Any) -> None:
        """Draw the figure with all text shown literally."""
        with self._disable_math_text():
            super().draw(renderer)

    def get_tightbbox(self, *arguments: Any, **named: Any) -> Any:
        """Compute the bounding box with all text shown literally."""
        with self._disable_math_text():
            return super().get_tightbbox(*arguments, **named)

    @contextmanager
    def _disable_math_text(self) -> Iterator[None]:
        """Disable the parsing of text as mathematics, for present texts and those added in the block."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        with rc_context(PLAIN):
            yield

    def _repr_png_(self) -> bytes:
        """Render the figure as a PNG image for a notebook."""
        image = io.BytesIO()
        with rc_context({"text.hinting": "none"}):  # hinted text is wider than measured at few dots per inch
            self.savefig(image, format="png", dpi=SCREEN, metadata={"Software": None})
        return image.getvalue()


def build_sheet(
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
    """Build a figure with a left-aligned headline and note above a grid of axes; all lengths in inches.

    body  height of the grid of axes;  gap  between columns and between rows
    lead  room between the note and the axes;  sharing  sharex, sharey, width_ratios of ``Figure.subplots``
    Returns the figure and its axes (row, column).
    """
    titles = wrap_text(title, width - 0.4, TITLE, "bold")
    notes = wrap_text(note, width - 0.4, TEXT)
    title_height, note_height = len(titles) * TITLE * 1.3 / 72, len(notes) * TEXT * 1.35 / 72
    height = 0.18 + title_height + 0.06 + note_height + lead + body + bottom
    figure = NotebookFigure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(
        "\n".join(titles), x=0.2 / width, y=1 - 0.18 / height, ha="left", va="top",
        fontsize=TITLE, fontweight="bold", color=INK, linespacing=1.15, gid=HEADLINE, zorder=LAST,
    )  # fmt: skip
    figure.text(
        0.2 / width, 1 - (0.24 + title_height) / height, "\n".join(notes), ha="left", va="top",
        fontsize=TEXT, color=QUIET, linespacing=1.2, gid=NOTE, zorder=LAST,
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
    for ax in axes.flat:  # a thin axis below, a faint horizontal grid, nothing else
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.spines["bottom"].set(color=QUIET, linewidth=0.6)
        ax.grid(axis="y", color=FAINT, linewidth=0.5)
        ax.set_axisbelow(True)
        ax.tick_params(length=0, colors=QUIET, labelsize=SMALL, pad=4)
    return figure, axes


def build_row_sheet(
    title: str, note: str, rows: Sequence[str], heads: Sequence[str] = ("",), *,
    row: float, more: float, pad: float = 8, gap: float = 0.0, left: float | None = None,
    bottom: float = 0.62, **how: Any,
) -> tuple[Figure, list[Axes]]:  # fmt: skip
    """Build a figure of panels side by side that share named rows, named at the left; lengths in inches.

    heads  names of the panels, ``pad`` points above them;  row, more  height of a row, and of all else
    how    as of :func:`build_sheet`
    Returns the figure and the axes of each panel.
    """
    figure, axes = build_sheet(
        title, note, body=row * max(len(rows), 1) + more, grid=(1, len(heads)), gap=(gap, 0.0), bottom=bottom,
        left=compute_name_room(rows) if left is None else left, **how,
    )  # fmt: skip
    for column, (ax, head) in enumerate(zip(axes[0], heads, strict=True)):
        label_rows(ax, rows, labels=column == 0)
        set_panel_title(ax, head, pad)
    return figure, list(axes[0])


def build_panel_sheet(
    title: str, note: str, unit: str, count: int, most: int, *,
    wide: float, high: float, more: float = 0.0, least: float = 0.0, gap: tuple[float, float], **how: Any,
) -> tuple[Figure, list[Axes]]:  # fmt: skip
    """Build a figure of ``count`` panels with shared axes, at most ``most`` side by side; lengths in inches.

    unit         beside the panels at the left; years stand below the last panel of each column
    wide, high   of a panel with what stands beside it;  more, least  width of all else, and of a sheet
    how          as of :func:`build_sheet`
    """
    columns = min(most, count)
    rows = -(-count // columns)
    figure, axes = build_sheet(
        title, note, width=max(wide * columns + more, least), body=high * rows + gap[1] * (rows - 1),
        grid=(rows, columns), gap=gap, **{"sharex": True, "sharey": True} | how,
    )  # fmt: skip
    return figure, list(label_panels(axes, count, unit))


def label_panels(axes: NDArray[Any], count: int, unit: str) -> Iterator[Axes]:
    """Yield the first ``count`` axes of a grid (row, column), and hide the rest.

    The lowest panel of each column has tick labels below; the left panels have the unit.
    """
    columns = axes.shape[1]
    for place, ax in enumerate(axes.flat):
        if place >= count:
            ax.set_visible(False)
            continue
        if place % columns == 0:
            ax.set_ylabel(unit, fontsize=SMALL, color=QUIET)
        ax.tick_params(labelbottom=place + columns >= count)
        yield ax


class LineStyle(NamedTuple):
    """Colour, dash pattern and marker of one line of a panel."""

    color: str
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


class LineEnd(NamedTuple):
    """Value, text, colour and font weight of the label at the end of a line."""

    value: float
    text: str
    color: str = INK
    weight: str = "normal"


def build_text_background(pad: float, alpha: float | None = None, color: str = "white") -> dict[str, Any]:
    """Return the box properties of a plain background that keeps text readable over lines."""
    return {"facecolor": color, "edgecolor": "none", "pad": pad} | ({} if alpha is None else {"alpha": alpha})


def set_panel_title(ax: Axes, text: str, pad: float = 6) -> None:
    """Write the name of a panel above it, left-aligned."""
    ax.set_title(text, loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=pad)


def set_x_label(ax: Axes, text: str) -> None:
    """Write the name of the horizontal axis."""
    ax.set_xlabel(text, fontsize=SMALL, color=QUIET)


def write_beside_row(ax: Axes, row: float, text: str, size: float, color: str, **look: Any) -> None:
    """Write a text at the right of a panel, level with a row; ``look`` overrides text properties."""
    where: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
    ax.text(1.03, row, text, fontsize=size, color=color, **where | look)


def label_rows(ax: Axes, names: Sequence[str], labels: bool = True) -> None:
    """Name the horizontal rows 0, 1, ... from the top down; stripe them and draw vertical grid lines."""
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color=FAINT, linewidth=0.5)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_yticks(range(len(names)), list(names) if labels else [""] * len(names))
    ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    for row in range(1, len(names), 2):
        ax.axhspan(row - 0.5, row + 0.5, color="#F4F6F7", linewidth=0, zorder=0)


def draw_interval(
    ax: Axes, row: float, values: Sequence[Any], color: str = INK, *, clear: bool = True,
    width: float = 1.4, **mark: Any,
) -> None:  # fmt: skip
    """Draw a mean with its interval in a row of a panel; the marker is hollow if ``clear`` is False.

    values  mean, low and high;  mark  how the mean looks, as arguments of ``Axes.plot``
    """
    mean, low, high = map(float, values)
    ax.plot([low, high], [row, row], color=color, linewidth=width, solid_capstyle="butt")
    look: dict[str, Any] = {"marker": "o", "markersize": 6, "linestyle": "none"}
    ax.plot([mean], [row], color=color, **look | {"markerfacecolor": color if clear else "white"} | mark)


def draw_thick_bar(ax: Axes, row: float, ends: ArrayLike, color: str, zorder: int) -> None:
    """Draw a thick bar between two ends in a row of a panel."""
    ax.plot(ends, [row, row], color=color, linewidth=5, solid_capstyle="butt", zorder=zorder)


def spread_labels(
    positions: Sequence[float], gap: float, floor: float = -np.inf, ceiling: float = np.inf
) -> NDArray[np.floating[Any]]:
    """Move label positions at least ``gap`` apart, from floor to ceiling; keep their order.

    If the room is too small for all labels, some stand below the floor.
    Returns the new positions, (label,).
    """
    order = np.argsort(positions, kind="stable")
    placed = np.asarray(positions, dtype=float).copy()
    for _ in range(50):
        for lower, upper in itertools.pairwise(order):
            short = gap - (placed[upper] - placed[lower])
            if short > 1e-12:
                placed[lower] -= short / 2
                placed[upper] += short / 2
    for rank, at in enumerate(order):  # the lowest ones push up what stands on them
        placed[at] = max(placed[at], floor + rank * gap)
    for rank, at in enumerate(order[::-1]):
        placed[at] = min(placed[at], ceiling - rank * gap)
    return placed


def compute_axis_limits(values: Floats) -> tuple[float, float]:
    """Compute the limits of a vertical axis that holds zero and all finite values, with 6 % to spare."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return 1.06 * min(0.0, low), 1.06 * max(0.0, high) or 1.0


def draw_band(
    ax: Axes, x: ArrayLike, low: Floats, high: Floats, color: str, opacity: float, hatch: str | None = None
) -> None:
    """Draw a range over the years, with an optional hatch to distinguish bands in print."""
    ax.fill_between(x, low, high, facecolor=color, alpha=opacity, linewidth=0, zorder=1)
    if hatch:
        lines = ax.fill_between(
            x, low, high, facecolor="none", hatch=hatch, hatchcolor="#B4BCC3", linewidth=0, zorder=1
        )
        lines.set_hatch_linewidth(0.4)


def label_line_ends(
    ax: Axes, ends: Sequence[LineEnd], gap: float = 0.11, size: float = SMALL, shift: float = 6
) -> None:
    """Label the ends of lines at the right of the axes; call once the limits of the vertical axis are set.

    gap  least distance, as a share of the axis;  shift  points from the axes to the text
    Labels are moved apart within the axis.  An end with value NaN has no label.
    """
    known = [end for end in ends if end.value == end.value]
    low, high = ax.get_ylim()
    places = spread_labels([end.value for end in known], gap * (high - low), low, high)
    for end, place in zip(known, places, strict=True):
        ax.annotate(
            end.text, (1, float(place)), xycoords=("axes fraction", "data"), xytext=(shift, 0),
            textcoords="offset points", va="center", fontsize=size, color=end.color, fontweight=end.weight,
            annotation_clip=False,
        )  # fmt: skip
