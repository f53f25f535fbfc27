"""The world, coloured by whose vendors each economy is locked in to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.base_map import Paint, checked_places, fill, ground
from lockin_sim.plots.kit.map_key import NONE_COLOR, Ranking, draw_key, paint, rank
from lockin_sim.plots.kit.style import sheet
from lockin_sim.wording import listed, opening
from lockin_sim.world.names import adjective


def lock_in_map(
    dependence: ArrayLike,
    lock_in: ArrayLike,
    countries: Sequence[str],
    sponsors: Sequence[str],
    *,
    capitals: ArrayLike,
    steps: Sequence[float] = (0.05, 0.15, 0.30),
    when: str = "",
    title: str | None = None,
) -> Figure:
    """World map: fill and hatch say to whose vendors an economy is most locked in, depth says how strongly.

    dependence  (country, sponsor), 0-1: share of the installed base; its mean stands in the key
    lock_in     (country, sponsor), 0-1: lock-in to that sponsor's vendors; NaN where nothing is defined
    countries   ISO3 codes; sponsors  codes, in the order of the two arrays' axes
    capitals    (country, 2), latitude and longitude in degrees: dots for economies too small to fill
    steps       rising lower ends of the classes of lock-in; below the first: not locked in
    when        year, scenario and technologies, for the note: "baseline, 2050, all domains"
    title       the finding; by default how many economies are locked in to each sponsor's vendors
    Raises InputError for shapes that do not fit, steps that do not rise, or an economy with neither outline
    nor capital.
    """
    held, locked = np.asarray(dependence, dtype=float), np.asarray(lock_in, dtype=float)
    _check(held, locked, (len(countries), len(sponsors)), steps)
    places = checked_places(countries, capitals)
    ranking = rank(locked, steps)
    counts = [int((ranking.sponsor == index).sum()) for index in range(len(sponsors))]
    order = sorted((i for i, count in enumerate(counts) if count), key=lambda i: -counts[i])
    note = "Colour and hatch: to whose vendors lock-in is strongest. Depth: how strong. " + (
        f"{opening(when)}." if when else ""
    )
    figure, axes = sheet(
        title or _finding(sponsors, counts, order, len(countries)), note.strip(),
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.55 + 0.24 * (len(order) + 1), lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    fill(axes[0, 0], countries, places, _classes(ranking, sponsors, len(steps)))
    draw_key(figure, ranking, held, sponsors, order, steps)
    return figure


def _check(held: Floats, locked: Floats, shape: tuple[int, int], steps: Sequence[float]) -> None:
    """Refuse arrays of other shapes, and steps that do not rise."""
    for name, array in (("dependence", held), ("lock_in", locked)):
        if array.shape != shape:
            raise unusable(f"{name}, shape", found=array.shape, allowed=f"{shape}")
    if not 1 <= len(steps) <= 4 or any(b <= a for a, b in itertools.pairwise(steps)):
        raise unusable("steps", found=tuple(steps), allowed="one to four rising numbers")


def _classes(ranking: Ranking, sponsors: Sequence[str], steps: int) -> list[tuple[ArrayLike, Paint]]:
    """Who is painted how: one class for each sponsor and step, and the economies that are not locked in."""
    found: list[tuple[ArrayLike, Paint]] = [(ranking.sponsor < 0, Paint(NONE_COLOR))]
    for index, name in enumerate(sponsors):
        for step in range(steps):
            mine = (ranking.sponsor == index) & (ranking.step == step)
            found.append((mine, paint(name, step, steps)))
    return found


def _finding(sponsors: Sequence[str], counts: Sequence[int], order: Sequence[int], total: int) -> str:
    """How many economies are locked in to each sponsor's vendors."""
    if not order:
        return f"None of {total} economies is locked in to one sponsor's vendors"
    first, *further = order
    parts = [f"to {adjective(sponsors[i])} ones in {counts[i]}" for i in further[:2]]
    rest = sum(counts[i] for i in further[2:])
    parts += [f"to others in {rest}"] if rest else []
    whose = adjective(sponsors[first])
    start = f"Lock-in is strongest to {whose} vendors in {counts[first]} of {total} economies"
    return f"{start}, {listed(parts)}" if parts else start
