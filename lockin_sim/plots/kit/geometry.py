"""The bundled outlines of the world, and an equal-area projection to draw them in.

Equal Earth: Savric, Patterson and Jenny (2019), "The Equal Earth map projection", IJGIS 33(3), 454-465.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from matplotlib.path import Path
from numpy.typing import ArrayLike

from lockin_sim.conventions import Floats

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
EARTH_RADIUS = 6371.0072  # km, of the sphere of equal area


@dataclass(frozen=True)
class WorldMap:
    """Outlines in degrees, longitude then latitude, rings of shape (point, 2).

    economies  ISO3 code to rings; a ring inside another is a hole
    other_land rings of land that belongs to no listed economy
    central_meridian  degrees east; rings may run past 180 but are not cut within 180 of it
    """

    economies: dict[str, list[Floats]]
    other_land: list[Floats]
    central_meridian: float
    metadata: dict[str, Any]


@cache
def world_map() -> WorldMap:
    """The bundled outlines (Natural Earth, public domain), read once."""
    text = (files("lockin_sim") / "data" / "world_map.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    unit = float(stored["metadata"]["unit_degrees"])

    def ring(flat: list[int]) -> Floats:
        """Corners of an outline, in degrees.  (corner, 2)."""
        return np.asarray(flat, dtype=float).reshape(-1, 2) * unit

    return WorldMap(
        economies={iso3: [ring(flat) for flat in rings] for iso3, rings in stored["economies"].items()},
        other_land=[ring(flat) for flat in stored["other_land"]],
        central_meridian=float(stored["metadata"]["central_meridian"]),
        metadata=stored["metadata"],
    )


def equal_earth(longitude: ArrayLike, latitude: ArrayLike, central_meridian: float = 0.0) -> Floats:
    """Equal Earth coordinates on a sphere of radius 1, (..., 2).

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


def projected(rings: list[Floats], central_meridian: float) -> list[Floats]:
    """Every ring in Equal Earth coordinates."""
    return [equal_earth(ring[:, 0], ring[:, 1], central_meridian) for ring in rings]


def square_kilometres(rings: list[Floats]) -> float:
    """Land area of projected rings; holes count negative because they turn the other way."""
    signed = [
        float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 for x, y in (ring.T for ring in rings)
    ]
    return abs(sum(signed)) * EARTH_RADIUS**2


def compound_path(rings: list[Floats]) -> Path:
    """One matplotlib path of closed rings."""
    return Path.make_compound_path(*(Path(np.vstack([ring, ring[:1]]), closed=True) for ring in rings))


def outline(central_meridian: float) -> Floats:
    """The edge of the map, (point, 2): the two meridians half a turn away, and the poles."""
    latitude = np.linspace(-90, 90, 181)
    edges = [
        equal_earth(np.full_like(latitude, central_meridian + side), latitude, central_meridian)
        for side in (-180, 180)
    ]
    return np.vstack([edges[0], edges[1][::-1]])
