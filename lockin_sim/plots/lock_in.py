"""The world, coloured by whose vendors each economy is locked in to."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.plots.geometry import (
    WorldMap,
    compound_path,
    equal_earth,
    outline,
    projected,
    square_kilometres,
    world_map,
)
from lockin_sim.plots.map_key import NONE_COLOR, Ranking, draw_key, paint, rank
from lockin_sim.plots.reading import Numbers, opening
from lockin_sim.plots.style import (
    FAINT,
    INK,
    SPONSOR_MARKER,
    sheet,
    vendors_of,
)

DOT_BELOW = 6_500.0  # km2: smaller economies are drawn as a dot at the capital


def lock_in_map(
    dependence: ArrayLike,
    lock_in: ArrayLike,
    countries: Sequence[str],
    sponsors: Sequence[str],
    *,
    capitals: ArrayLike,
    colors: Mapping[str, str] | None = None,
    steps: Sequence[float] = (0.05, 0.15, 0.30),
    when: str = "",
    title: str | None = None,
) -> Figure:
    """World map: fill and hatch say to whose vendors an economy is most locked in, depth says how strongly.

    dependence  (country, sponsor), 0-1: share of the installed base; its mean stands in the key
    lock_in     (country, sponsor), 0-1: lock-in to that sponsor's vendors; NaN where nothing is defined
    countries   ISO3 codes; sponsors  codes, in the order of the two arrays' axes
    capitals    (country, 2), latitude and longitude in degrees: dots for economies too small to fill
    colors      sponsor code to colour, e.g. the column ``color`` of the table of sponsors
    steps       rising lower ends of the classes of lock-in; below the first: not locked in
    when        year, scenario and technologies, for the note: "baseline, 2050, all domains"
    title       the finding; by default how many economies are locked in to each sponsor's vendors
    Raises InputError for shapes that do not fit, steps that do not rise, or an economy with neither outline
    nor capital.
    """
    held, locked = np.asarray(dependence, dtype=float), np.asarray(lock_in, dtype=float)
    places = np.asarray(capitals, dtype=float)
    _check(held, locked, countries, sponsors, places, steps)
    ranking = rank(locked, steps)
    counts = [int((ranking.sponsor == index).sum()) for index in range(len(sponsors))]
    order = sorted((i for i, count in enumerate(counts) if count), key=lambda i: -counts[i])
    note = "Colour and hatch: the sponsor to whose vendors lock-in is strongest. Depth: how strong. " + (
        f"{opening(when)}." if when else ""
    )
    figure, axes = sheet(
        title or _finding(sponsors, counts, order, len(countries)), note.strip(),
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.55 + 0.24 * (len(order) + 1), lead=0.08,
    )  # fmt: skip
    ax = axes[0, 0]
    _ground(ax, world_map())
    _fill(ax, world_map(), ranking, countries, sponsors, places, len(steps), colors)
    draw_key(figure, ranking, held, sponsors, order, steps, colors)
    return figure


def as_dots(countries: Sequence[str]) -> list[str]:
    """The economies drawn as a dot at the capital: no outline, or one too small to see."""
    world = world_map()
    return [
        iso3
        for iso3 in countries
        if iso3 not in world.economies
        or square_kilometres(projected(world.economies[iso3], world.central_meridian)) < DOT_BELOW
    ]


def _check(
    held: Numbers, locked: Numbers, countries: Sequence[str], sponsors: Sequence[str], places: Numbers,
    steps: Sequence[float],
) -> None:  # fmt: skip
    for name, array, shape in (
        ("dependence", held, (len(countries), len(sponsors))),
        ("lock_in", locked, (len(countries), len(sponsors))),
        ("capitals", places, (len(countries), 2)),
    ):
        if array.shape != shape:
            raise unusable(f"{name}, shape", found=array.shape, allowed=f"{shape}")
    if not 1 <= len(steps) <= 4 or any(b <= a for a, b in itertools.pairwise(steps)):
        raise unusable("steps", found=tuple(steps), allowed="one to four rising numbers")
    for iso3, place in zip(countries, places, strict=True):
        if iso3 not in world_map().economies and not np.isfinite(place).all():
            raise unknown_name("countries (no outline, no capital)", found=iso3, known=world_map().economies)


def _ground(ax: Axes, world: WorldMap) -> None:
    """Sea, and land that is not simulated."""
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


def _fill(
    ax: Axes, world: WorldMap, ranking: Ranking, countries: Sequence[str], sponsors: Sequence[str],
    places: Numbers, steps: int, colors: Mapping[str, str] | None,
) -> None:  # fmt: skip
    """Outlines and dots, one collection per sponsor and class."""
    meridian = world.central_meridian
    dots = set(as_dots(countries))
    east = np.mod(places[:, 1] - meridian + 180, 360) - 180 + meridian
    capital = equal_earth(east, places[:, 0], meridian)
    for index in range(-1, len(sponsors)):
        for step in range(-1, steps):
            here = np.flatnonzero((ranking.sponsor == index) & (ranking.step == step)).tolist()
            if not here:
                continue
            name = sponsors[index] if index >= 0 else ""
            face, hatch, line = paint(name, step, steps, colors) if name else (NONE_COLOR, None, None)
            shapes = [
                compound_path(projected(world.economies[countries[i]], meridian))
                for i in here
                if countries[i] in world.economies
            ]
            fill = PathCollection(shapes, facecolors=face, edgecolors="white", linewidths=0.35, zorder=2)
            if hatch:
                fill.set(hatch=hatch, hatchcolor=line, hatch_linewidth=0.35)
            ax.add_collection(fill, autolim=False)
            tiny = capital[[i for i in here if countries[i] in dots]]
            ax.scatter(tiny[:, 0], tiny[:, 1], s=15, marker=SPONSOR_MARKER.get(name, "o"), color=face,
                       edgecolors=INK, linewidths=0.45, zorder=3)  # fmt: skip


def _finding(sponsors: Sequence[str], counts: Sequence[int], order: Sequence[int], total: int) -> str:
    """How many economies are locked in to each sponsor's vendors."""
    if not order:
        return f"None of {total} economies is locked in to one sponsor's vendors"
    first, *further = order
    parts = [f"{counts[i]} to {vendors_of(sponsors[i])}" for i in further[:2]]
    rest = sum(counts[i] for i in further[2:])
    parts += [f"{rest} to other vendors"] if rest else []
    tail = " and ".join(", ".join(parts).rsplit(", ", 1))
    start = (
        f"{counts[first]} of {total} economies are locked in most to {vendors_of(sponsors[first])} vendors"
    )
    return f"{start}, {tail}" if tail else start
