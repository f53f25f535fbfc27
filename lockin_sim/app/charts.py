"""Pictures that follow the runs: effects over years, vendors over years, and a map.  Bokeh, no network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import BasicTicker, BasicTickFormatter, ColumnDataSource, HoverTool
from bokeh.models.annotations import Legend, LegendItem, Span
from bokeh.plotting import figure

from lockin_sim.plots.kit.maps import equal_earth, world_map
from lockin_sim.plots.kit.style import FAINT, INK, PALE, QUIET, effect_color, sponsor_color, toward
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.explorer import thinned
from lockin_sim.wording import opening, signed, unit_of
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: A colour and a dash of each policy, to be told apart without colour as well.
LOOKS = (("#1F4E79", "solid"), ("#B4490F", "dashed"), ("#4B2A85", "dotted"))

#: Half of the least height of a picture of effects, so that nothing does not look like much.
LEAST = 0.05

FONT = "system-ui, sans-serif"


def plain_figure(**how: Any) -> Any:
    """A figure without ornament that fills the width it has."""
    made = figure(sizing_mode="stretch_width", toolbar_location=None, tools="", **how)
    made.outline_line_color = None
    made.grid.grid_line_color = FAINT
    made.axis.axis_line_color = made.axis.major_tick_line_color = QUIET
    made.axis.minor_tick_line_color = None
    for axis in made.axis:
        axis.axis_label_text_font_style, axis.axis_label_text_font = "normal", FONT
        axis.major_label_text_font, axis.axis_label_text_color = FONT, QUIET
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "13px"
    return made


def _legend(items: list[LegendItem], **how: Any) -> Any:
    """A legend without a frame."""
    kind: Any = Legend  # whose types do not know its arguments
    return kind(
        items=items,
        border_line_color=None,
        padding=0,
        label_text_font=FONT,
        label_text_font_size="13px",
        **how,
    )


class Effects:
    """What each policy changes over the years, with the 95 % interval as a band."""

    def __init__(self, years: tuple[int, int]) -> None:
        self.figure = plain_figure(height=330, x_range=years, y_range=(-1.0, 1.0))
        self.figure.yaxis.formatter = BasicTickFormatter(use_scientific=False)
        self.figure.xaxis.ticker = BasicTicker(desired_num_ticks=5)
        self.figure.add_layout(Span(location=0, dimension="width", line_color=INK, line_width=1))
        self.when = Span(location=2035, dimension="height", line_color=QUIET, line_dash="dotted")
        self.figure.add_layout(self.when)
        columns = ("year", "mean", "low", "high")
        self.sources = [ColumnDataSource({name: [] for name in columns}) for _ in LOOKS]
        lines = []
        for (color, dash), source in zip(LOOKS, self.sources, strict=True):
            band = {"x": "year", "y1": "low", "y2": "high", "source": source}
            self.figure.varea(**band, fill_color=color, fill_alpha=0.16)
            line = {"x": "year", "y": "mean", "source": source}
            lines.append(self.figure.line(**line, line_color=color, line_dash=dash, line_width=2.5))
        tips = [("", "@year"), ("effect", "@mean{0.00} [@low{0.00}, @high{0.00}]")]
        self.figure.add_tools(HoverTool(tooltips=tips, mode="vline", renderers=lines))
        self.items = [LegendItem(label="", renderers=[line], visible=False) for line in lines]
        legend = _legend(self.items)
        self.figure.add_layout(legend, "above")

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw what is known of the policies."""
        unit, effects = evidence.unit(outcome), evidence.effects
        self.when.location, ends = year, list[float]()
        self.figure.yaxis.axis_label = f"change, {unit.short or 'no unit'}"
        for position, (source, item) in enumerate(zip(self.sources, self.items, strict=True)):
            there = position < len(evidence.policies)
            item.visible = there
            if not there:
                source.data = {name: [] for name in source.data}
                continue
            policy = evidence.policies[position]
            item.label = {"value": evidence.title(policy)}
            at = effects.sel(scenario=policy, outcome=outcome)
            names = {"mean": "effect", "low": "effect_low", "high": "effect_high"}
            values = {key: unit.factor * at[name].values for key, name in names.items()}
            source.data = {"year": evidence.calendar} | values
            known = [v for v in (*values["mean"], *values["low"], *values["high"]) if np.isfinite(v)]
            ends += [min(known), max(known)] if known else []
        low, high = min([*ends, -LEAST]), max([*ends, LEAST])
        room = 0.06 * (high - low)
        self.figure.y_range.update(start=low - room, end=high + room)


def vendors_figure(
    study: xr.Dataset, scenario: str, domain: str, year: int
) -> tuple[Any, list[tuple[str, str]]]:
    """Whose equipment is in use in a domain over the years, stacked; what is left to 100 % has none.

    Returns the figure, and colour and words of every vendor for the key beneath it, from the top.
    """
    at = study.sel(scenario=scenario).isel(offer=np.flatnonzero(study["domain"].values == domain))
    at = at.sortby("sponsor")
    years = at["year"].values
    made = plain_figure(height=350, y_range=(0, 100), x_range=(int(years[0]), int(years[-1])))
    made.yaxis.axis_label = "per cent of the world's installed base"
    shares = np.nan_to_num(100 * at["level"].transpose("offer", "year").values)
    made.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    below, key = np.zeros(len(years)), []
    seen: dict[str, int] = {}
    for vendor, sponsor, share in zip(at["vendor"].values, at["sponsor"].values, shares, strict=True):
        color = toward(sponsor_color(str(sponsor)), "white", min(0.28 * seen.get(str(sponsor), 0), 0.75))
        seen[str(sponsor)] = seen.get(str(sponsor), 0) + 1
        made.varea(x=years, y1=below, y2=below + share, fill_color=color)
        made.line(x=years, y=below + share, line_color="white", line_width=0.8)
        key.append((color, f"{opening(str(vendor))} {share[years == year][0]:.0f} %"))
        below = below + share
    made.add_layout(Span(location=year, dimension="height", line_color=INK, line_dash="dotted"))
    return made, key[::-1]


def largest_shares(study: xr.Dataset, scenario: str, domain: str, year: int) -> str:
    """The same in words, for who cannot see it: the three largest."""
    at = study.sel(scenario=scenario, year=year).isel(offer=np.flatnonzero(study["domain"].values == domain))
    order = np.argsort(-np.nan_to_num(at["level"].values))[:3]
    unit = unit_of("share")
    parts = [
        f"{opening(str(at['vendor'].values[o]))} {unit.factor * float(at['level'].values[o]):.0f} %"
        for o in order
    ]
    return f"{opening(name_of('domain', domain))}, {year}, mean over runs: {', '.join(parts)}."


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
            kept = thinned(equal_earth(ring[:, 0], ring[:, 1], world.central_meridian), NEAR)
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
