"""Pictures that follow the runs: effects over years, vendors over years, and a map.  Bokeh, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import BasicTicker, BasicTickFormatter, ColumnDataSource, HoverTool
from bokeh.models.annotations import Legend, LegendItem, Span
from bokeh.plotting import figure

from lockin_sim.plots.kit.style import FAINT, INK, QUIET, sponsor_color, toward
from lockin_sim.report.evidence import Evidence
from lockin_sim.wording import opening, unit_of
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


def said_of(study: xr.Dataset, scenario: str, domain: str, year: int) -> str:
    """The same in words, for who cannot see it: the three largest."""
    at = study.sel(scenario=scenario, year=year).isel(offer=np.flatnonzero(study["domain"].values == domain))
    order = np.argsort(-np.nan_to_num(at["level"].values))[:3]
    unit = unit_of("share")
    parts = [
        f"{opening(str(at['vendor'].values[o]))} {unit.factor * float(at['level'].values[o]):.0f} %"
        for o in order
    ]
    return f"{opening(name_of('domain', domain))}, {year}, mean over runs: {', '.join(parts)}."
