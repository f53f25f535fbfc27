"""The ground every world map stands on: sea, land not simulated, economies, dots for small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.plots.kit.geometry import (
    compound_path,
    equal_earth,
    outline,
    projected,
    square_kilometres,
    world_map,
)
from lockin_sim.plots.kit.style import FAINT, INK

DOT_BELOW = 6_500.0  # km2: smaller economies are drawn as a dot at the capital
HATCH_WIDTH = 0.35  # points


@dataclass(frozen=True)
class Paint:
    """How one class of economies looks: fill, hatch with its colour, and mark of the small ones."""

    face: str
    hatch: str | None = None
    line: str | None = None
    marker: str = "o"

    def on(self, patch: Any) -> None:
        """Give a patch or collection this hatch."""
        if self.hatch:
            patch.set(hatch=self.hatch, hatchcolor=self.line, hatch_linewidth=HATCH_WIDTH)


def checked_places(countries: Sequence[str], capitals: ArrayLike) -> Floats:
    """Capitals, (country, 2).

    Raises InputError for a wrong shape, or an economy with neither outline nor capital.
    """
    places = np.asarray(capitals, dtype=float)
    if places.shape != (len(countries), 2):
        raise unusable("capitals, shape", found=places.shape, allowed=f"{(len(countries), 2)}")
    for iso3, place in zip(countries, places, strict=True):
        if iso3 not in world_map().economies and not np.isfinite(place).all():
            raise unknown_name("countries (no outline, no capital)", found=iso3, known=world_map().economies)
    return places


def as_dots(countries: Sequence[str]) -> list[str]:
    """The economies drawn as a dot at the capital: no outline, or one too small to see."""
    world = world_map()
    return [
        iso3
        for iso3 in countries
        if iso3 not in world.economies
        or square_kilometres(projected(world.economies[iso3], world.central_meridian)) < DOT_BELOW
    ]


def ground(ax: Axes) -> None:
    """Sea, and land that is not simulated."""
    world = world_map()
    meridian = world.central_meridian
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.add_patch(Polygon(outline(meridian), facecolor="#F6F8FA", edgecolor=FAINT, linewidth=0.6))
    land = [compound_path([ring]) for ring in projected(world.other_land, meridian)]
    for edge, face, zorder in ((FAINT, "none", 1.2), ("none", "white", 1.4)):  # fills hide inner edges
        ax.add_collection(
            PathCollection(land, facecolors=face, edgecolors=edge, linewidths=0.8, zorder=zorder),
            autolim=False,
        )
    ax.set_xlim(-2.72, 2.72)
    ax.set_ylim(*equal_earth(0.0, [-57.0, 84.5])[:, 1])


def fill(
    ax: Axes, countries: Sequence[str], places: Floats, classes: Sequence[tuple[ArrayLike, Paint]]
) -> None:
    """Outlines and dots.

    places   as from ``checked_places``;  classes  masks (country,) and their paint
    """
    world = world_map()
    meridian = world.central_meridian
    east = np.mod(places[:, 1] - meridian + 180, 360) - 180 + meridian
    capital = equal_earth(east, places[:, 0], meridian)
    dots = np.isin(list(countries), as_dots(countries))
    for mask, paint in classes:
        here = np.asarray(mask, dtype=bool)
        if not here.any():
            continue
        outlined = [countries[i] for i in np.flatnonzero(here).tolist() if countries[i] in world.economies]
        shapes = [compound_path(projected(world.economies[iso3], meridian)) for iso3 in outlined]
        filled = PathCollection(
            shapes, facecolors=paint.face, edgecolors="white", linewidths=0.35, zorder=2
        )  # fmt: skip
        paint.on(filled)
        ax.add_collection(filled, autolim=False)
        tiny = capital[here & dots]
        ax.scatter(tiny[:, 0], tiny[:, 1], s=15, marker=paint.marker, color=paint.face, edgecolors=INK,
                   linewidths=0.45, zorder=3)  # fmt: skip
