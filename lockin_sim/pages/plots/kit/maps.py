"""World map: outlines, projection, sea and land, and value classes that remain distinct in greyscale.

Equal Earth: Savric, Patterson and Jenny (2019), "The Equal Earth map projection", IJGIS 33(3), 454-465.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.formats import MINUS
from lockin_sim.pages.plots.kit.style import (
    FAINT,
    INK,
    PALE,
    QUIET,
    SMALL,
    compute_lightness,
    effect_color,
    mix_colors,
)

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
EARTH_RADIUS = 6371.0072  # km, of the sphere of equal area
DOT_BELOW = 6_500.0  # km2: smaller economies are drawn as a dot at the capital
HATCH_WIDTH = 0.35  # points

STEPS = 4  # classes of a number, about
NOTES = "Marks: small economies. White: not simulated. Equal Earth projection."


@dataclass(frozen=True)
class WorldMap:
    """Outlines in degrees, longitude then latitude, rings of shape (point, 2).

    economies  ISO3 code to rings; a ring inside another ring is a hole
    other_land rings of land that belongs to no listed economy
    central_meridian  degrees east; rings may run past 180 but are not cut within 180 of it
    """

    economies: dict[str, list[Floats]]
    other_land: list[Floats]
    central_meridian: float
    metadata: dict[str, Any]


@cache
def load_world_map() -> WorldMap:
    """Load the bundled outlines (Natural Earth, public domain); the file is read once."""
    text = (files("lockin_sim") / "data" / "world_map.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    unit = float(stored["metadata"]["unit_degrees"])

    def ring(flat: list[int]) -> Floats:
        """Convert a flat list of stored coordinates to the corners of a ring, in degrees.  (corner, 2)."""
        return np.asarray(flat, dtype=float).reshape(-1, 2) * unit

    return WorldMap(
        economies={iso3: [ring(flat) for flat in rings] for iso3, rings in stored["economies"].items()},
        other_land=[ring(flat) for flat in stored["other_land"]],
        central_meridian=float(stored["metadata"]["central_meridian"]),
        metadata=stored["metadata"],
    )


def project_equal_earth(longitude: ArrayLike, latitude: ArrayLike, central_meridian: float = 0.0) -> Floats:
    """Compute Equal Earth coordinates on a sphere of radius 1, (..., 2).

    longitude, latitude  degrees, broadcast together; the longitude is used as given, so that a ring that
                         runs past the edge stays in one piece
    """
    turned = np.deg2rad(np.asarray(longitude, dtype=float) - central_meridian)
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.deg2rad(np.asarray(latitude, dtype=float))))
    square, sixth = theta**2, theta**6
    y = theta * (A1 + A2 * square + sixth * (A3 + A4 * square))
    slope = A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)
    x = 2 / np.sqrt(3) * turned * np.cos(theta) / slope
    return np.stack(np.broadcast_arrays(x, y), axis=-1)


def project_rings(rings: list[Floats], central_meridian: float) -> list[Floats]:
    """Project each ring, (point, 2) in degrees, to Equal Earth coordinates."""
    return [project_equal_earth(ring[:, 0], ring[:, 1], central_meridian) for ring in rings]


def compute_land_area(rings: list[Floats]) -> float:
    """Compute the land area of projected rings in km2; holes run the opposite way and are subtracted."""
    signed = [
        float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 for x, y in (ring.T for ring in rings)
    ]
    return abs(sum(signed)) * EARTH_RADIUS**2


def build_compound_path(rings: list[Floats]) -> Path:
    """Build one matplotlib path from rings, each closed."""
    return Path.make_compound_path(*(Path(np.vstack([ring, ring[:1]]), closed=True) for ring in rings))


@cache
def _build_economy_path(iso3: str) -> tuple[Path, float]:
    """Return the projected outline of an economy as one path, and its land area in square kilometres."""
    world = load_world_map()
    rings = project_rings(world.economies[iso3], world.central_meridian)
    return build_compound_path(rings), compute_land_area(rings)


def compute_map_edge(central_meridian: float) -> Floats:
    """Compute the edge of the map in Equal Earth coordinates, (point, 2).

    The edge consists of the two meridians 180 degrees from the central meridian, joined at the poles.
    """
    latitude = np.linspace(-90, 90, 181)
    edges = [
        project_equal_earth(np.full_like(latitude, central_meridian + side), latitude, central_meridian)
        for side in (-180, 180)
    ]
    return np.vstack([edges[0], edges[1][::-1]])


@dataclass(frozen=True)
class MapStyle:
    """Appearance of a class of economies: fill, hatch and its colour, and marker of small economies."""

    face: str
    hatch: str | None = None
    line: str | None = None
    marker: str = "o"

    def on(self, patch: Any) -> None:
        """Apply the hatch to a patch or collection, if the style has a hatch.  Modifies `patch`."""
        if self.hatch:
            patch.set(hatch=self.hatch, hatchcolor=self.line, hatch_linewidth=HATCH_WIDTH)


def check_capitals(countries: Sequence[str], capitals: ArrayLike) -> Floats:
    """Return the capitals as an array, (country, 2).

    Raises InputError for a wrong shape, or an economy with neither outline nor capital.
    """
    places = np.asarray(capitals, dtype=float)
    if places.shape != (len(countries), 2):
        raise unusable("capitals, shape", found=places.shape, allowed=f"{(len(countries), 2)}")
    for iso3, place in zip(countries, places, strict=True):
        if iso3 not in load_world_map().economies and not np.isfinite(place).all():
            raise unknown_name(
                "countries (no outline, no capital)", found=iso3, known=load_world_map().economies
            )
    return places


def list_dot_economies(countries: Sequence[str]) -> list[str]:
    """List the economies drawn as a dot at the capital: without an outline, or smaller than DOT_BELOW."""
    outlined = load_world_map().economies
    return [iso3 for iso3 in countries if iso3 not in outlined or _build_economy_path(iso3)[1] < DOT_BELOW]


def draw_base_map(ax: Axes) -> None:
    """Draw the sea and the land that is not simulated, and set the limits of the axes."""
    world = load_world_map()
    meridian = world.central_meridian
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.add_patch(Polygon(compute_map_edge(meridian), facecolor="#F6F8FA", edgecolor=FAINT, linewidth=0.6))
    land = [build_compound_path([ring]) for ring in project_rings(world.other_land, meridian)]
    for edge, face, zorder in ((FAINT, "none", 1.2), ("none", "white", 1.4)):  # fills hide inner edges
        ax.add_collection(
            PathCollection(land, facecolors=face, edgecolors=edge, linewidths=0.8, zorder=zorder),
            autolim=False,
        )
    ax.set_xlim(-2.72, 2.72)
    ax.set_ylim(*project_equal_earth(0.0, [-57.0, 84.5])[:, 1])


def fill_economies(
    ax: Axes,
    countries: Sequence[str],
    places: Floats,
    classes: Sequence[tuple[ArrayLike, MapStyle]],
    zorder: float = 2,
) -> None:
    """Fill the outlines of economies, and draw dots for small economies, in the style of their class.

    places   as from :func:`check_capitals`;  classes  masks (country,) and their paint
    """
    world = load_world_map()
    meridian = world.central_meridian
    east = np.mod(places[:, 1] - meridian + 180, 360) - 180 + meridian
    capital = project_equal_earth(east, places[:, 0], meridian)
    dots = np.isin(list(countries), list_dot_economies(countries))
    for mask, paint in classes:
        economies = np.asarray(mask, dtype=bool)
        if not economies.any():
            continue
        outlined = [
            countries[i] for i in np.flatnonzero(economies).tolist() if countries[i] in world.economies
        ]
        shapes = [_build_economy_path(iso3)[0] for iso3 in outlined]
        filled = PathCollection(
            shapes, facecolors=paint.face, edgecolors="white", linewidths=0.35, zorder=zorder
        )
        paint.on(filled)
        ax.add_collection(filled, autolim=False)
        tiny = capital[economies & dots]
        filled_mark = {"color": paint.face, "edgecolors": INK}
        ink: dict[str, Any] = {"color": paint.line} if paint.face == "none" else filled_mark
        ax.scatter(
            tiny[:, 0], tiny[:, 1], s=15, marker=paint.marker, linewidths=0.45, zorder=zorder + 1, **ink
        )


#: Lines over economies of which nothing is on record, whatever their class.
UNRECORDED = MapStyle("none", "-----", "#5B6770", "_")


def mark_unrecorded(ax: Axes, countries: Sequence[str], places: Floats, mask: Bools) -> list[MapClass]:
    """Draw horizontal lines over economies without any record.

    places  as from :func:`check_capitals`;  mask  (country,)
    Returns the legend class of these economies as a list; an empty list if the mask is empty.
    """
    if not mask.any():
        return []
    fill_economies(ax, countries, places, [(mask, UNRECORDED)], zorder=4)
    return [MapClass("not recorded", mask, UNRECORDED)]


MISSING = MapStyle("#FFFFFF", "xxxxx", FAINT)
UNCLEAR = MapStyle("#EEF0F2", "/////", "#A9B1B8")
SLATE = "#3F4F5C"


@dataclass(frozen=True)
class MapClass:
    """One class of the legend: its text, its economies (country,) and its paint."""

    text: str
    mask: NDArray[np.bool_]
    paint: MapStyle
    unsure: NDArray[np.bool_] | None = None  # part of the economies, to be hatched

    @property
    def painted(self) -> list[tuple[NDArray[np.bool_], MapStyle]]:
        """Masks (country,) with their paint; uncertain economies are hatched in a separate mask."""
        if self.unsure is None:
            return [(self.mask, self.paint)]
        line = mix_colors(
            self.paint.face, "white" if compute_lightness(self.paint.face) < 0.5 else "black", 0.5
        )
        return [
            (self.mask & ~self.unsure, self.paint),
            (self.unsure, replace(self.paint, hatch="\\\\\\\\", line=line)),
        ]


def compute_class_bounds(size: Floats) -> list[float]:
    """Compute round lower ends of equal classes from 0 up to the largest finite size."""
    known = size[np.isfinite(size)]
    largest = float(known.max()) if len(known) and known.max() > 0 else 1.0
    ends = MaxNLocator(nbins=STEPS, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, largest)
    return [float(end) for end in ends if 0 <= end < largest]


def _classify_sizes(
    size: Floats, bounds: Sequence[float], sign: str = ""
) -> list[tuple[str, NDArray[np.bool_], float]]:
    """Sort sizes into classes; return text, mask (country,) and depth (0-1) of each, the smallest first.

    A class for sizes below the first bound comes first if any size lies there.
    """
    place = np.where(np.isfinite(size), np.searchsorted(bounds, size, side="right") - 1, -2)
    texts = [_format_class_range(lower, upper, sign) for lower, upper in itertools.pairwise(bounds)]
    texts.append(f"{sign}{bounds[-1]:g} and {'less' if sign == MINUS else 'more'}")
    classes = [(text, place == k, (k + 1) / len(bounds)) for k, text in enumerate(texts)]
    below = place == -1
    return ([(_format_class_range(None, bounds[0], sign), below, 0.0)] if below.any() else []) + classes


def _format_class_range(lower: float | None, upper: float, sign: str) -> str:
    """Format the text of a class: '25-50', '+1 to +2', '-2 to -1', 'below 5', 'up to +1'."""
    if lower is None:
        return f"up to {sign}{upper:g}" if sign else f"below {upper:g}"
    ends = [f"{sign if end else ''}{end:g}" for end in (lower, upper)]
    return "\N{EN DASH}".join(ends) if not sign else " to ".join(ends[::-1] if sign == MINUS else ends)


def build_level_classes(
    values: Floats, bounds: Sequence[float], color: str, ranges: Floats | None = None
) -> list[MapClass]:
    """Build the classes of a level, from pale to deep.

    ``ranges`` (2, country), low and high ends, hatches economies whose ends lie two or more classes apart.
    """
    unsure = np.zeros(values.shape, dtype=bool)
    if ranges is not None:
        low, high = (np.searchsorted(bounds, end, side="right") for end in ranges)
        unsure = np.isfinite(values) & (high - low >= 2)
    deep = mix_colors(
        color, "black", max(0.0, 1 - 0.3 / max(compute_lightness(color), 1e-9))
    )  # a middle grey at most
    classes = [
        MapClass(text, mask, MapStyle(mix_colors(PALE, deep, depth)), mask & unsure)
        for text, mask, depth in _classify_sizes(values, bounds)
    ]
    return classes + _build_missing_class(values)


def build_effect_classes(effect: Floats, clear: Bools, bounds: Sequence[float]) -> list[MapClass]:
    """Build the classes of an effect: falls, largest first; unclear effects; rises, largest last."""
    sides: dict[int, list[MapClass]] = {-1: [], 1: []}
    for side, hatch in ((-1, "...."), (1, None)):
        sizes = np.where(clear & (np.sign(effect) == side), np.abs(effect), np.nan)
        sign, marker = (MINUS, "v") if side < 0 else ("+", "^")
        for text, mask, depth in _classify_sizes(sizes, bounds, sign):
            face = effect_color(side * depth)
            line = (
                mix_colors(face, "white", 0.65)
                if compute_lightness(face) < 0.5
                else mix_colors(face, "black", 0.5)
            )
            sides[side].append(MapClass(text, mask, MapStyle(face, hatch, line, marker)))
    unclear = MapClass("unclear or none", ~clear & np.isfinite(effect), UNCLEAR)
    falls, rises = (classes if any(each.mask.any() for each in classes) else [] for classes in sides.values())
    return [*falls[::-1], unclear, *rises, *_build_missing_class(effect)]


def _build_missing_class(values: Floats) -> list[MapClass]:
    """Build the class of economies without a value, as a list; an empty list if all have a value."""
    missing = ~np.isfinite(values)
    return [MapClass("no value", missing, MISSING)] if missing.any() else []


def draw_class_legend(figure: Figure, classes: Sequence[MapClass], unit: str) -> None:
    """Draw the legend under the map: a row of swatches with the number of economies in each class."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((0.02, 0.06 / height, 0.96, 0.84 / height))
    ax.set_axis_off()
    ax.set_xlim(0, width * 0.96)
    ax.set_ylim(0, 0.84)
    unsure = [each.unsure for each in classes if each.unsure is not None]
    if unsure and np.any(unsure):
        paint = MapStyle("#FFFFFF", "\\\\\\\\", QUIET)
        classes = [*classes, MapClass("of these uncertain", np.any(unsure, axis=0), paint)]
    pitch = min(1.12, (width * 0.96 - 0.1) / len(classes))
    for place, each in enumerate(classes):
        left = 0.05 + pitch * place
        swatch = Rectangle(
            (left, 0.48), pitch - 0.1, 0.16, facecolor=each.paint.face, linewidth=0.4, edgecolor=QUIET
        )
        each.paint.on(swatch)
        ax.add_patch(swatch)
        ax.text(left, 0.43, each.text, fontsize=SMALL - 1, color=INK, va="top")
        count = int(each.mask.sum())
        counted = f"{count} {'economy' if count == 1 else 'economies'}"
        ax.text(left, 0.27, counted, fontsize=SMALL - 1, color=QUIET, va="top")
    ax.text(0.05, 0.70, unit, fontsize=SMALL - 1, fontweight="bold", color=QUIET, va="bottom")
    ax.text(width * 0.96 - 0.05, 0.0, NOTES, fontsize=SMALL - 1, color=QUIET, ha="right", va="bottom")
