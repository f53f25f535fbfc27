"""A map of economies that follows the runs: whose vendors they use, and what a policy changes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool

from lockin_sim.app.charts import plain_figure
from lockin_sim.plots.kit.geometry import equal_earth, world_map
from lockin_sim.plots.kit.style import FAINT, PALE, effect_color, sponsor_color, toward
from lockin_sim.wording import signed
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Least distance between points of an outline, of a map 5.4 wide.
NEAR = 0.012

#: End of the scale of levels, in per cent; ends that the scale of changes may have, in points.
MOST_LEVEL, ENDS = 80.0, (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@cache
def outlines() -> dict[str, tuple[list[float], list[float]]]:
    """Economies by code: outlines in map units, rings apart from one another by NaN."""
    world = world_map()
    found = {}
    for code, rings in world.economies.items():
        xs: list[float] = []
        ys: list[float] = []
        for ring in rings:
            at = equal_earth(ring[:, 0], ring[:, 1], world.central_meridian)
            kept = [at[0]]
            for point in at[1:]:
                if np.abs(point - kept[-1]).max() >= NEAR:
                    kept.append(point)
            if len(kept) >= 3:
                xs += ([np.nan] if xs else []) + [round(float(x), 3) for x, _ in kept]
                ys += ([np.nan] if ys else []) + [round(float(y), 3) for _, y in kept]
        if xs:
            found[code] = xs, ys
    return found


class Map:
    """Economies in colours; the runs change the colours alone."""

    def __init__(self, countries: list[str]) -> None:
        self.countries = [code for code in countries if code in outlines()]
        self._positions = [countries.index(code) for code in self.countries]
        shapes = [outlines()[code] for code in self.countries]
        self.source = ColumnDataSource({
            "xs": [xs for xs, _ in shapes], "ys": [ys for _, ys in shapes],
            "color": [FAINT] * len(shapes), "told": [""] * len(shapes),
            "name": [name_of("country", code) for code in self.countries],
        })  # fmt: skip
        self.figure = plain_figure(
            x_range=(-2.72, 2.72), y_range=(-1.12, 1.33), match_aspect=True, aspect_ratio=2.2
        )
        self.figure.sizing_mode = "scale_width"  # as high as its width asks for, on a phone too
        self.figure.axis.visible = self.figure.grid.visible = False
        drawn = self.figure.patches(
            "xs", "ys", source=self.source, fill_color="color", line_color="white", line_width=0.5
        )
        self.figure.add_tools(HoverTool(tooltips=[("", "@name: @told")], renderers=[drawn]))

    def show_levels(self, study: xr.Dataset, scenario: str, sponsor: str, year: int) -> None:
        """The share of a sponsor's vendors in each economy's base."""
        at = study["level"].sel(scenario=scenario, sponsor=sponsor, year=year)
        values = 100 * at.values[self._positions]
        deep = sponsor_color(sponsor)
        colors = [level_color(value, deep) for value in values]
        told = [f"{value:.0f} %" if np.isfinite(value) else "no base yet" for value in values]
        self._paint(colors, told)

    def show_changes(self, study: xr.Dataset, scenario: str, sponsor: str, year: int) -> float:
        """By how many points a policy changes that share; grey where chance alone could do it.

        Returns the end of the scale, in points.
        """
        at = study.sel(scenario=scenario, sponsor=sponsor, year=year)
        mean, low, high = (100 * at[name].values[self._positions] for name in
                           ("effect", "effect_low", "effect_high"))  # fmt: skip
        clear = (low > 0) | (high < 0)
        largest = np.abs(mean[clear]).max(initial=0.0)
        most = next(end for end in ENDS if end >= largest)
        colors = [
            change_color(value, most) if sure else FAINT for value, sure in zip(mean, clear, strict=True)
        ]
        told = [
            f"{signed(m, 1)} points [{signed(lo, 1)}, {signed(hi, 1)}]" if np.isfinite(m) else "no base yet"
            for m, lo, hi in zip(mean, low, high, strict=True)
        ]
        self._paint(colors, told)
        return most

    def _paint(self, colors: list[str], told: list[str]) -> None:
        """Color places, and what is told of each."""
        size = len(colors)
        self.source.patch({"color": [(slice(size), colors)], "told": [(slice(size), told)]})


def level_color(share: float, deep: str) -> str:
    """Pale for none, deep for most."""
    return toward(PALE, deep, min(share / MOST_LEVEL, 1.0)) if np.isfinite(share) else FAINT


def change_color(points: float, most: float) -> str:
    """Brown for more, violet for less; deep at the end of the scale."""
    return effect_color(points / most) if np.isfinite(points) else FAINT


def key_of_changes(most: float) -> list[tuple[str, str]]:
    """Colours of changes and what they mean; most: the end of the scale, in points."""
    steps = [(-most, f"{most:g} points less"), (-most / 4, "less"), (most / 4, "more")]
    ends = [*steps, (most, f"{most:g} points more")]
    return [*((change_color(p, most), text) for p, text in ends), (FAINT, "no more than chance could")]


def key_of_levels(sponsor: str) -> list[tuple[str, str]]:
    """Colours of shares and what they mean."""
    deep = sponsor_color(sponsor)
    steps = [(level_color(share, deep), f"{share:.0f} %") for share in (0.0, 20.0, 40.0, 60.0, 80.0)]
    return [*steps, (FAINT, "no base")]
