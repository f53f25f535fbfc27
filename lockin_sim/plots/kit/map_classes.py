"""Classes of a number on the world map that can be told apart in grey, and the key that explains them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.base_map import Paint
from lockin_sim.plots.kit.style import FAINT, INK, PALE, QUIET, SMALL, effect_color, lightness, toward
from lockin_sim.wording import MINUS

MISSING = Paint("#FFFFFF", "xxxxx", FAINT)
UNCLEAR = Paint("#EEF0F2", "/////", "#A9B1B8")
PLAIN = "#3F4F5C"  # slate
STEPS = 4


@dataclass(frozen=True)
class Class:
    """One class of the key: its text, its economies (country,) and its paint."""

    text: str
    mask: NDArray[np.bool_]
    paint: Paint
    unsure: NDArray[np.bool_] | None = None  # part of the economies, to be hatched

    @property
    def painted(self) -> list[tuple[NDArray[np.bool_], Paint]]:
        """Masks and their paint."""
        if self.unsure is None:
            return [(self.mask, self.paint)]
        line = toward(self.paint.face, "white" if lightness(self.paint.face) < 0.5 else "black", 0.5)
        return [
            (self.mask & ~self.unsure, self.paint),
            (self.unsure, replace(self.paint, hatch="\\\\\\\\", line=line)),
        ]


def round_steps(size: Floats) -> list[float]:
    """Round lower ends of equal classes up to the largest size."""
    known = size[np.isfinite(size)]
    largest = float(known.max()) if len(known) and known.max() > 0 else 1.0
    ends = MaxNLocator(nbins=STEPS, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, largest)
    return [float(end) for end in ends if 0 <= end < largest]


def _bins(
    size: Floats, bounds: Sequence[float], sign: str = ""
) -> list[tuple[str, NDArray[np.bool_], float]]:
    """Text, mask and depth (0-1) of each class of sizes, the smallest first; what is below comes first."""
    place = np.where(np.isfinite(size), np.searchsorted(bounds, size, side="right") - 1, -2)
    texts = [_between(lower, upper, sign) for lower, upper in itertools.pairwise(bounds)]
    texts.append(f"{sign}{bounds[-1]:g} and {'less' if sign == MINUS else 'more'}")
    found = [(text, place == k, (k + 1) / len(bounds)) for k, text in enumerate(texts)]
    below = place == -1
    return ([(_between(None, bounds[0], sign), below, 0.0)] if below.any() else []) + found


def _between(lower: float | None, upper: float, sign: str) -> str:
    """'25-50', '+1 to +2', '-2 to -1', 'below 5', 'up to +1'."""
    if lower is None:
        return f"up to {sign}{upper:g}" if sign else f"below {upper:g}"
    ends = [f"{sign if end else ''}{end:g}" for end in (lower, upper)]
    return "\N{EN DASH}".join(ends) if not sign else " to ".join(ends[::-1] if sign == MINUS else ends)


def level_classes(
    values: Floats, bounds: Sequence[float], color: str, ranges: Floats | None = None
) -> list[Class]:
    """From pale to deep; ``ranges`` (2, country) hatches economies whose two ends lie two classes apart."""
    unsure = np.zeros(values.shape, dtype=bool)
    if ranges is not None:
        low, high = (np.searchsorted(bounds, end, side="right") for end in ranges)
        unsure = np.isfinite(values) & (high - low >= 2)
    found = []
    for text, mask, depth in _bins(values, bounds):
        face = toward(PALE, _deep(color), depth)
        found.append(Class(text, mask, Paint(face), mask & unsure))
    return found + _missing(values)


def effect_classes(effect: Floats, low: Floats, high: Floats, bounds: Sequence[float]) -> list[Class]:
    """The largest falls first, what is unclear in the middle, the largest rises last."""
    clear = (low > 0) | (high < 0)
    sides: dict[int, list[Class]] = {-1: [], 1: []}
    for side, hatch in ((-1, "...."), (1, None)):
        mine = np.where(clear & (np.sign(effect) == side), np.abs(effect), np.nan)
        sign, marker = (MINUS, "v") if side < 0 else ("+", "^")
        for text, mask, depth in _bins(mine, bounds, sign):
            face = effect_color(side * depth)
            line = toward(face, "white", 0.65) if lightness(face) < 0.5 else toward(face, "black", 0.5)
            sides[side].append(Class(text, mask, Paint(face, hatch, line, marker)))
    unclear = Class("interval includes 0", ~clear & np.isfinite(effect), UNCLEAR)
    return [*sides[-1][::-1], unclear, *sides[1], *_missing(effect)]


def _missing(values: Floats) -> list[Class]:
    """The class of those without a value, where there are any."""
    missing = ~np.isfinite(values)
    return [Class("no value", missing, MISSING)] if missing.any() else []


def _deep(color: str) -> str:
    """The colour, darkened until it prints at most as light as a middle grey."""
    return toward(color, "black", max(0.0, 1 - 0.3 / max(lightness(color), 1e-9)))


def _counted(count: int) -> str:
    """So many economies, in words."""
    return f"{count} {'economy' if count == 1 else 'economies'}"


def draw_classes(figure: Figure, classes: Sequence[Class], unit: str) -> None:
    """A row of swatches under the map, with the number of economies in each class."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((0.02, 0.06 / height, 0.96, 0.84 / height))
    ax.set_axis_off()
    ax.set_xlim(0, width * 0.96)
    ax.set_ylim(0, 0.84)
    pitch = min(1.12, (width * 0.96 - 0.1) / len(classes))
    for place, each in enumerate(classes):
        left = 0.05 + pitch * place
        swatch = Rectangle((left, 0.48), pitch - 0.1, 0.16, facecolor=each.paint.face, linewidth=0.4,
                           edgecolor=QUIET)  # fmt: skip
        each.paint.on(swatch)
        ax.add_patch(swatch)
        ax.text(left, 0.43, each.text, fontsize=SMALL - 1, color=INK, va="top")
        ax.text(left, 0.27, _counted(int(each.mask.sum())), fontsize=SMALL - 1, color=QUIET, va="top")
    ax.text(0.05, 0.70, unit, fontsize=SMALL - 1, fontweight="bold", color=QUIET, va="bottom")
    ax.text(width * 0.96 - 0.05, 0.0, "Marks: small economies. White: not simulated. Equal Earth projection.",
            fontsize=SMALL - 1, color=QUIET, ha="right", va="bottom")  # fmt: skip
