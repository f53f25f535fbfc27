"""Where each scenario acts: effects by domain or group, as a table of coloured numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.intervals import BY_CHANCE, Effects, parted, read_effects
from lockin_sim.plots.kit.labelled import variable
from lockin_sim.plots.kit.lettering import TEXT, text_width
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, effect_color, lightness, room_for, sheet, wrapped
from lockin_sim.wording import opening, quoted, signed, two_digits

CELL = (0.92, 0.4)  # inches; wider where a word of a head needs it
BESIDE = 0.08  # inches between the heads of two columns
UNCLEAR = "#F1F3F4"


def heat_map(effects: xr.Dataset, *, title: str | None = None) -> Figure:
    """Table of effects, a number in each cell: one row a scenario, one column a domain, group or outcome.

    effects  dataset with ``effect``, ``effect_low`` and ``effect_high`` over scenario and one more axis, such
             as ``lockin_sim.by_domain(...).sel(measure="cn2035_share", year=2050)`` or some outcomes and one
             year of ``lockin_sim.compare``; the baseline is left out
    title    the finding; by default the largest effect whose interval excludes zero
    The darker, the larger; a cell whose 95 % interval includes zero is hatched, its number in brackets.  A
    clear effect that rounds to zero keeps its sign.
    Raises InputError for a missing or surplus axis, rows in different units, or swapped ends of an interval.
    """
    dims = variable("heat_map, effects", effects, "effect", ("scenario",)).dims
    across = [str(dim) for dim in dims if dim != "scenario"]
    if len(across) != 1:
        allowed = "one axis beside scenario; pick labels of others with effects.sel(...)"
        raise unusable("heat_map, axes", found=across, allowed=allowed)
    read = read_effects("heat_map, effects", effects, "scenario", *across)
    shared, heads = parted(read.written[across[0]])
    what = opening(read.what or shared or "effects")
    year = effects.coords.get("year")
    when = f" in {int(year.item())}" if year is not None and year.ndim == 0 else ""
    rows, cell = read.written["scenario"], _cell_width(heads)
    columns = [_lines(head, cell - BESIDE) for head in heads]
    left, width = room_for(rows) + 0.1, cell * len(columns)
    figure, axes = sheet(
        title or _finding(read, heads, f"{what}{when}"),
        f"{what}{when}: mean paired difference from the {read.baseline}, "
        f"{read.unit.effect_axis}. Darker: larger. Hatched and in brackets: the 95 % "
        f"interval includes zero. {BY_CHANCE}",
        width=max(left + width + 0.3, 6.5), body=CELL[1] * max(len(rows), 1), left=left,
        right=max(0.3, 6.5 - left - width), bottom=0.2, lead=0.3 + 0.15 * max(map(len, columns)),
    )  # fmt: skip
    _frame(axes[0, 0], rows, ["\n".join(lines) for lines in columns])
    difference = read.difference
    clear = np.abs(difference.mean[difference.distinct])
    largest, digits = (float(clear.max()), _digits(read, clear)) if len(clear) else (1.0, read.unit.digits)
    for row, column in np.ndindex(difference.mean.shape):
        mean, distinct = float(difference.mean[row, column]), bool(difference.distinct[row, column])
        text = signed(mean, min(digits, two_digits(mean)) if mean else digits, keep=distinct)
        _cell(axes[0, 0], row, column, mean, text, mean / largest if distinct else None)
    return figure


def _digits(read: Effects, clear: Floats) -> int:
    """One more where an effect that differs from zero would read as zero."""
    return read.unit.digits + bool(np.any(clear < 0.5 * 10.0**-read.unit.digits))


def _words(head: str) -> str:
    """The head with a blank after every hyphen, where a line may end too."""
    return head.replace("-", "- ")


def _lines(head: str, inches: float) -> list[str]:
    """Lines of a head no wider than that, unless a single word is."""
    return [line.replace("- ", "-") for line in wrapped(_words(head), inches, SMALL)]


def _cell_width(heads: list[str]) -> float:
    """Inches of a column: one width for all, in which the longest word of any head fits."""
    words = [text_width(word, SMALL) for head in heads for word in _words(head).split()]
    return max(CELL[0], max(words, default=0.0) + BESIDE)


def _frame(ax: Axes, rows: list[str], columns: list[str]) -> None:
    """Names of rows at the left, of columns on top."""
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    ax.tick_params(axis="x", colors=INK, labelsize=SMALL)


def _cell(ax: Axes, row: int, column: int, mean: float, text: str, depth: float | None) -> None:
    """One coloured number; ``depth`` as a share of the largest, None where the interval includes zero."""
    if not np.isfinite(mean):
        ax.text(column, row, "no value", ha="center", va="center", fontsize=SMALL - 1.5, color=QUIET)
        return
    face = UNCLEAR if depth is None else effect_color(depth)
    patch = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=face, edgecolor="white", linewidth=1.2)
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TEXT, "fontweight": "bold"}
    if depth is None:
        patch.set(hatch="////", hatchcolor="#D3D8DC", hatch_linewidth=0.6)
        ground = {"facecolor": UNCLEAR, "edgecolor": "none", "pad": 1.0}
        ax.text(column, row, f"({text})", **style | {"fontweight": "normal"}, color="#4E5962", bbox=ground)
    else:
        ax.text(column, row, text, **style, color="white" if lightness(face) < 0.55 else INK)
    ax.add_patch(patch)


def _finding(read: Effects, heads: list[str], what: str) -> str:
    """The largest effect among those whose interval excludes zero."""
    difference = read.difference
    if not difference.distinct.any():
        return f"{what}: no policy changes it by more than chance could"
    sizes = np.where(difference.distinct, np.abs(difference.mean), -1.0)
    row, column = (int(place) for place in np.unravel_index(int(sizes.argmax()), sizes.shape))
    three = [float(each[row, column]) for each in (difference.mean, difference.low, difference.high)]
    mean, low, high = (signed(value, read.unit.telling(*three)) for value in three)
    return (
        f"{what}: largest effect under {quoted(read.written['scenario'][row])}, {heads[column]}, of "
        f"{read.unit.effect(mean)} (95 % interval {low} to {high})"
    )
