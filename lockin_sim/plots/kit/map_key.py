"""What the colours of the lock-in map mean: classes, paint, and the table under the map."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.base_map import Paint
from lockin_sim.plots.kit.style import (
    INK,
    QUIET,
    SMALL,
    lightness,
    sponsor_color,
    sponsor_hatch,
    sponsor_marker,
    toward,
)
from lockin_sim.world.names import adjective

NONE_COLOR = "#E3E6E9"
ROW = 0.24  # inches
CLASSES, PITCH, SWATCH = 1.9, 0.85, (0.75, 0.62)  # left end, distance and size of the swatches


@dataclass(frozen=True)
class Ranking:
    """Each economy's strongest lock-in, (country,): index of the sponsor and of the class, -1 for none."""

    sponsor: NDArray[np.intp]
    step: NDArray[np.intp]


def rank(lock_in: Floats, steps: Sequence[float]) -> Ranking:
    """Strongest sponsor and class of every economy; (country, sponsor) in, -1 below the first step or NaN."""
    known = np.where(np.isfinite(lock_in), lock_in, -np.inf)
    strongest = known.max(axis=1)
    step = np.searchsorted(np.asarray(steps, dtype=float), strongest, side="right") - 1
    return Ranking(sponsor=np.where(step >= 0, known.argmax(axis=1), -1), step=step)


def paint(sponsor: str, step: int, steps: int) -> Paint:
    """Fill, hatch and hatch colour of one class: the weaker the lock-in, the paler the sponsor's colour."""
    face = toward(sponsor_color(sponsor), "white", 0.66 * (steps - 1 - step) / max(steps - 1, 1))
    line = toward(face, "white", 0.55) if lightness(face) < 0.5 else toward(face, "black", 0.35)
    return Paint(face, sponsor_hatch(sponsor, "oo"), line, sponsor_marker(sponsor))


def draw_key(
    figure: Figure, ranking: Ranking, dependence: Floats, sponsors: Sequence[str], order: Sequence[int],
    steps: Sequence[float]
) -> None:  # fmt: skip
    """A table under the map: sponsor, classes of lock-in, number of economies, mean dependence."""
    width, height = figure.get_size_inches()
    rows = len(order) + 1
    ax = figure.add_axes((0.02, 0.12 / height, 0.96, ROW * (rows + 1.2) / height))
    ax.set_axis_off()
    ax.set_xlim(0, width * 0.96)
    ax.set_ylim(rows + 0.1, -1.1)
    numbers = CLASSES + PITCH * len(steps) + 0.35
    _heads(ax, steps, numbers)
    for row, index in enumerate(order):
        name, mine = sponsors[index], ranking.sponsor == index
        ax.plot([0.12], [row + 0.3], marker=sponsor_marker(name), markersize=5.5,
                color=sponsor_color(name), markeredgecolor=INK, markeredgewidth=0.5)  # fmt: skip
        _row(ax, row, f"{adjective(name)} vendors", numbers, mine, dependence[mine, index])
        for step in range(len(steps)):
            look = paint(name, step, len(steps))
            swatch = Rectangle((CLASSES + PITCH * step, row), *SWATCH, facecolor=look.face, linewidth=0)
            look.on(swatch)
            ax.add_patch(swatch)
    _row(ax, rows - 1, "not locked in", numbers, ranking.sponsor < 0, np.array([]))
    ax.add_patch(Rectangle((CLASSES, rows - 1), *SWATCH, facecolor=NONE_COLOR, linewidth=0))
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET, "va": "center"}
    ax.text(CLASSES + PITCH, rows - 0.7, f"below {100 * steps[0]:.0f} %, or no tender", **small)
    ax.text(
        width * 0.96 - 0.05, rows - 0.7, ha="right",
        s="Marks: small economies. White: not simulated. Equal Earth projection.", **small,
    )  # fmt: skip


def _heads(ax: Axes, steps: Sequence[float], numbers: float) -> None:
    """Column headings."""
    heads = [f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %" for low, high in itertools.pairwise(steps)]
    heads.append(f"{100 * steps[-1]:.0f} % and more")
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET, "va": "bottom"}
    for step, head in enumerate(heads):
        ax.text(CLASSES + PITCH * step, -0.25, head, **small)
    ax.text(CLASSES, -0.95, "lock-in", fontweight="bold", **small)
    ax.text(numbers, -0.25, "economies, and their mean dependence on these vendors", **small)


def _row(ax: Axes, row: int, name: str, numbers: float, mine: NDArray[np.bool_], share: Floats) -> None:
    """Name at the left; count and mean share at the right."""
    known = share[np.isfinite(share)]
    dependence = f", {100 * known.mean():.0f} %" if len(known) else ""
    ax.text(0.3, row + 0.3, name, fontsize=SMALL, color=INK, va="center")
    ax.text(numbers, row + 0.3, f"{int(mine.sum())}{dependence}", fontsize=SMALL, color=INK, va="center")
