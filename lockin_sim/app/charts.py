"""Bokeh charts that update as runs arrive, each with a text description, and saved as PNG and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import panel as pn
from bokeh.models import BasicTicker, ColumnDataSource, HoverTool
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from lockin_sim.app.controls import compute_step
from lockin_sim.app.parts import WIDE, build_button, build_download_button, build_flow_row, build_html_pane
from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.findings import DRAWS, PERCENT, Finding, get_range_name
from lockin_sim.common.formats import joined, opening, signed, two_digits
from lockin_sim.common.prose import render_element
from lockin_sim.common.statistics import Estimate
from lockin_sim.comparisons.effects_reader import format_subject, get_run_uncertainty
from lockin_sim.pages.evidence import Evidence
from lockin_sim.pages.figures import thinned
from lockin_sim.pages.plots.kit.maps import load_world_map, project_equal_earth
from lockin_sim.pages.plots.kit.style import FAINT, INK, PALE, QUIET, effect_color, mix_colors, sponsor_color
from lockin_sim.world.names import format_label
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED

if TYPE_CHECKING:
    import xarray as xr

#: A colour and dashes of each policy, distinguishable without colour as well.
LOOKS = (("#1F4E79", "none"), ("#B4490F", "8 4"), ("#4B2A85", "2 3"))

#: Half of the least height of a picture of effects, so that nothing does not look like much.
LEAST = 0.05

FONT, GOAL, BAR = "system-ui, sans-serif", "#146C43", "#1F4E79"


def build_plain_figure(**how: Any) -> Any:
    """Build a Bokeh figure without toolbar or outline that fills the available width."""
    plot = figure(sizing_mode="stretch_width", toolbar_location=None, tools="", **how)
    plot.outline_line_color = None
    plot.grid.grid_line_color = FAINT
    plot.axis.axis_line_color = plot.axis.major_tick_line_color = QUIET
    plot.axis.minor_tick_line_color = None
    for axis in plot.axis:
        axis.axis_label_text_font_style, axis.axis_label_text_font = "normal", FONT
        axis.major_label_text_font, axis.axis_label_text_color = FONT, QUIET
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "13px"
    return plot


class ChartFrame:
    """Frame of a chart, with a text description for screen readers and buttons to save PNG and CSV.

    name   stem of the file names
    table  content of the CSV: columns by name, set whenever the chart is drawn
    """

    def __init__(self, pane: Any, name: str) -> None:
        self.table: Mapping[str, Sequence[Any]] = {}
        self.words = build_html_pane()
        png = build_button("Save as PNG", lambda: None)  # which the page's own script does
        save = build_download_button(self._write_csv, f"{name}.csv", "Save as CSV")
        self.panel = pn.Column(self.words, pane, build_flow_row(png, save), **WIDE)

    @classmethod
    def of(cls, chart: Any, name: str, *, mode: str = "stretch_width") -> Self:
        """Frame a Bokeh chart.

        mode  sizing mode of the pane
        """
        chart.name = name
        return cls(pn.pane.Bokeh(chart, sizing_mode=mode), name)

    def say(self, text: str, **table: Sequence[Any]) -> None:
        """Set the text description and the table of the chart."""
        self.words.object, self.table = render_element("app.unseen", text=text), table

    def _write_csv(self) -> io.StringIO:
        """Write the table as CSV into a text buffer."""
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow(self.table)
        rows.writerows(zip(*self.table.values(), strict=True))
        file.seek(0)
        return file


class Readout:
    """Hover text of a chart for the year under the pointer, above the frame."""

    def __init__(self, chart: Any) -> None:
        self.source = ColumnDataSource({"year": [], "top": []})
        dots = chart.scatter("year", "top", source=self.source, alpha=0.0)
        self.hover = HoverTool(
            renderers=[dots], mode="vline", attachment="above", show_arrow=False, tooltips=[]
        )
        chart.add_tools(self.hover)

    def show(self, years: Sequence[int], top: float, lines: Sequence[Sequence[str]]) -> None:
        """Set the lines of hover text, each a sequence of one text per year.

        top  height of the invisible markers under the pointer
        """
        texts = {f"line{n}": list(line) for n, line in enumerate(lines)}
        self.source.data = {"year": list(years), "top": [top] * len(years)} | texts
        self.hover.tooltips = [("", "@year"), *(("", f"@{name}") for name in texts)]


class EffectsChart:
    """Chart of each policy's effect over the years, with a band of nine in ten runs, and a goal."""

    def __init__(self) -> None:
        self._picture = build_html_pane()
        self.framed = ChartFrame(self._picture, "effects")

    def show(self, evidence: Evidence, outcome: str, year: int, goal: float | None) -> None:
        """Draw the effects of the policies on an outcome.

        goal  a change, in the unit shown; None = no line
        """
        self._picture.object, text, table = render_effects_chart(evidence, outcome, year, goal)
        self.framed.say(text, **table)


def render_effects_chart(
    evidence: Evidence, outcome: str, year: int, goal: float | None = None
) -> tuple[str, str, dict[str, Sequence[Any]]]:
    """Render effects on an outcome as an HTML picture, a text description, and columns of numbers.

    goal  a change, in the unit shown; None = no line
    """
    unit, years = evidence.unit(outcome), [int(each) for each in evidence.calendar]
    names, paths = {"mean": "effect", "low": "effect_q05", "high": "effect_q95"}, dict[str, dict[str, Any]]()
    for policy in evidence.policies:
        at = evidence.effects.sel(scenario=policy, outcome=outcome)
        paths[evidence.title(policy)] = {key: unit.factor * at[name].values for key, name in names.items()}
    known = [v for values in paths.values() for each in values.values() for v in each if np.isfinite(v)]
    ends = [0.0 if goal is None else goal, *known]
    digits, doubt = (
        max(two_digits(max(map(abs, ends))), 0),
        get_range_name(get_run_uncertainty(evidence.effects)),
    )
    texts = [
        [
            f"{title}: {joined(mean, unit.short)} ({doubt}: {low} to {high})"
            for mean, low, high in zip(*format_series(values, digits), strict=True)
        ]
        for title, values in paths.items()
    ]
    scale = ChartScale.around(years, ends)
    lines = [
        (title, color, dash, scale.path(v["mean"]), scale.path(v["low"], v["high"]))
        for (title, v), (color, dash) in zip(paths.items(), LOOKS, strict=False)
    ]
    looks = {"ink": INK, "faint": FAINT, "quiet": QUIET, "goal": GOAL}
    picture = render_element(
        "app.effects",
        title=format_subject(evidence.label(outcome)).rstrip(","),
        scale=scale,
        lines=lines,
        reads=list(zip(years, *texts, strict=True)),
        year=year,
        unit=unit.change or "no unit",
        goal=goal,
        looks=looks,
    )
    now = "; ".join(line[years.index(year)] for line in texts)
    aim = "" if goal is None else f". Your goal: {joined(signed(goal, digits), unit.short)}"
    n, columns = len(years), dict[str, Sequence[Any]]()
    columns |= {"policy": [title for title in paths for _ in range(n)], "year": years * len(paths)}
    columns["unit"] = [unit.change] * n * len(paths)
    columns |= {key: [v for each in paths.values() for v in each[key].tolist()] for key in names}
    said = f"Chart of changes over the years, {evidence.label(outcome)}. In {year}: {now}{aim}."
    return picture, said, columns


class ChartScale(NamedTuple):
    """Coordinates of years and values in a picture, per cent from its left and from its top."""

    years: Sequence[int]
    bottom: float
    top: float

    @classmethod
    def around(cls, years: Sequence[int], values: Sequence[float]) -> Self:
        """Build a scale that contains all values and at least :data:`LEAST` on each side of zero."""
        low, high = min([*values, -LEAST]), max([*values, LEAST])
        room = 0.06 * (high - low)
        return cls(years, low - room, high + room)

    def x(self, year: int) -> float:
        """Compute the horizontal position of a year, per cent from the left."""
        return round(100 * (year - self.years[0]) / max(self.years[-1] - self.years[0], 1), 2)

    def y(self, value: float) -> float:
        """Compute the vertical position of a value, per cent from the top."""
        return round(100 * (self.top - value) / (self.top - self.bottom), 2)

    def path(self, values: Floats, back: Floats | None = None) -> str:
        """Build the points of an SVG line through the finite values of all years.

        back  values along which the line returns, to close a band; None = no return
        """
        points = [*zip(self.years, values, strict=True)]
        points += [] if back is None else [*zip(self.years, back, strict=True)][::-1]
        return " ".join(f"{self.x(year)},{self.y(value)}" for year, value in points if np.isfinite(value))

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Positions and texts of round values on the vertical axis, from below."""
        step = compute_step(0.0, 17 * (self.top - self.bottom))
        numbers = np.arange(np.ceil(self.bottom / step), np.floor(self.top / step) + 1) * step
        return [(self.y(value), signed(value, max(two_digits(step) - 1, 0))) for value in numbers]


def format_series(values: Mapping[str, Floats], digits: int) -> list[list[str]]:
    """Format each series of numbers as signed texts."""
    return [[signed(value, digits) for value in series] for series in values.values()]


class VendorStackChart:
    """Stacked areas of each vendor's share of the installed base in a domain over the years.

    The part up to 100 % has no equipment in use.
    """

    def __init__(self, study: xr.Dataset, domain: str) -> None:
        self.domain, self._rows = domain, np.flatnonzero(study["domain"].values == domain)
        at = study.isel(offer=self._rows)
        self.years = [int(year) for year in at["year"].values]
        self.names = [opening(str(vendor)) for vendor in at["vendor"].values]
        sponsors = [str(sponsor) for sponsor in at["sponsor"].values]
        self.order = sorted(range(len(self.names)), key=sponsors.__getitem__)
        plot = build_plain_figure(height=350, y_range=(0, 100), x_range=(self.years[0], self.years[-1]))
        plot.yaxis.axis_label = "per cent of the world's installed base"
        plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
        edges = {f"edge{n}": [0.0] * len(self.years) for n in range(len(self.order) + 1)}
        self.source, self.colors, seen = ColumnDataSource({"year": self.years} | edges), [], Counter[str]()
        for n, o in enumerate(self.order):
            color = mix_colors(sponsor_color(sponsors[o]), "white", min(0.28 * seen[sponsors[o]], 0.75))
            seen[sponsors[o]] += 1
            self.colors.append(color)
            plot.varea(x="year", y1=f"edge{n}", y2=f"edge{n + 1}", source=self.source, fill_color=color)
            plot.line(x="year", y=f"edge{n + 1}", source=self.source, line_color="white", line_width=0.8)
        self.when = Span(location=self.years[-1], dimension="height", line_color=INK, line_dash="dotted")
        plot.add_layout(self.when)
        self.readout, self.framed = Readout(plot), ChartFrame.of(plot, f"vendors_{domain}")

    def show(self, study: xr.Dataset, scenario: str, year: int) -> tuple[list[tuple[str, str]], str]:
        """Draw the shares under a scenario, and mark a year.

        Returns colour and text of every vendor for the legend, from the top, and a sentence on the largest
        three.
        """
        level = study["level"].sel(scenario=scenario).isel(offer=self._rows).transpose("offer", "year").values
        shares, when = np.nan_to_num(100 * level)[self.order], self.years.index(year)
        edges = np.cumsum(np.vstack([np.zeros(len(self.years)), shares]), axis=0)
        data = {f"edge{n}": edge.tolist() for n, edge in enumerate(edges)}
        self.source.data, self.when.location = {"year": self.years} | data, year
        names = [self.names[o] for o in self.order]
        texts = [[f"{name} {share:.0f} %" for share in row] for name, row in zip(names, shares, strict=True)]
        self.readout.show(self.years, 100.0, texts[::-1])
        parts = ", ".join(texts[n][when] for n in np.argsort(-shares[:, when])[:3])
        text = (
            f"{opening(format_label('domain', self.domain))}, {year}, in the whole world, mean over "
            f"runs: {parts}."
        )
        columns = dict(zip(names, shares.tolist(), strict=True))
        self.framed.say("Chart of shares over the years, one area a vendor.", year=self.years, **columns)
        return list(zip(self.colors, (line[when] for line in texts), strict=True))[::-1], text


#: Least distance between points of an outline, of a map 5.4 wide.
NEAR = 0.012

#: End of the scale of levels, in per cent; ends that the scale of changes may have, in points.
MOST_LEVEL, ENDS = 80.0, (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@cache
def build_outlines() -> dict[str, tuple[list[float], list[float]]]:
    """Return outlines of economies by code: x and y in map units, rings separated by NaN."""
    world = load_world_map()
    by_code = {}
    for code, rings in world.economies.items():
        flat = (project_equal_earth(ring[:, 0], ring[:, 1], world.central_meridian) for ring in rings)
        parts = [np.round(ring, 3) for ring in (thinned(each, NEAR) for each in flat) if len(ring) >= 3]
        if parts:
            apart = [each for part in parts for each in (np.full((1, 2), np.nan), part)][1:]
            by_code[code] = tuple(column.tolist() for column in np.concatenate(apart).T)
    return by_code


class EconomyMap:
    """World map of economies in colours; new runs change only colours, hatches and texts."""

    def __init__(self, countries: list[str]) -> None:
        self.countries = [code for code in countries if code in build_outlines()]
        self._positions = [countries.index(code) for code in self.countries]
        shapes = [build_outlines()[code] for code in self.countries]
        self.source = ColumnDataSource(
            {
                "xs": [xs for xs, _ in shapes],
                "ys": [ys for _, ys in shapes],
                "color": [FAINT] * len(shapes),
                "texts": [""] * len(shapes),
                "hatch": [" "] * len(shapes),
                "line": ["white"] * len(shapes),
                "width": [0.5] * len(shapes),
                "name": [format_label("country", code) for code in self.countries],
            }
        )
        self.figure = build_plain_figure(
            x_range=(-2.72, 2.72), y_range=(-1.12, 1.33), match_aspect=True, aspect_ratio=2.2
        )
        self.figure.sizing_mode = "scale_width"  # as high as its width asks for, on a phone too
        self.figure.axis.visible = self.figure.grid.visible = False
        drawn = self.figure.patches(
            "xs",
            "ys",
            source=self.source,
            fill_color="color",
            line_color="line",
            line_width="width",
            hatch_pattern="hatch",
            hatch_color="#5B6770",
            hatch_weight=0.4,
            hatch_scale=5,
        )
        self.figure.add_tools(HoverTool(tooltips=[("", "@name: @texts")], renderers=[drawn]))
        self.framed = ChartFrame.of(self.figure, "map", mode="scale_width")

    def outline(self, places: Sequence[str]) -> str:
        """Outline the economies of a place on the map.

        Returns the name and number of a single economy as text; "" for several or none.
        """
        here = [code in places for code in self.countries]
        lines, widths = [INK if each else "white" for each in here], [1.4 if each else 0.5 for each in here]
        size = len(here)
        self.source.patch({"line": [(slice(size), lines)], "width": [(slice(size), widths)]})
        if sum(here) != 1:
            return ""
        at = here.index(True)
        return f"{self.source.data['name'][at]}: {self.source.data['texts'][at]}."

    def show_levels(self, study: xr.Dataset, scenario: str, sponsor: str, year: int) -> None:
        """Colour economies by the share of a sponsor's vendors in the installed base."""
        at = study["level"].sel(scenario=scenario, sponsor=sponsor, year=year)
        values = 100 * at.values[self._positions]
        ends = study.sel(scenario=scenario, sponsor=sponsor, year=year)
        low, high = (100 * ends[f"level_{end}"].values[self._positions] for end in ("q05", "q95"))
        recorded, deep = self._get_record_status(study), sponsor_color(sponsor)
        colors = [get_level_color(value, deep) for value in values]
        texts = [
            "no base yet"
            if not np.isfinite(value)
            else f"{lo:.0f} to {hi:.0f} %"
            if said == NOT_RECORDED
            else f"{value:.0f} %"
            for value, lo, hi, said in zip(values, low, high, recorded, strict=True)
        ]
        self._paint_economies(colors, texts, values, np.isfinite(values), recorded)

    def show_changes(self, study: xr.Dataset, scenario: str, sponsor: str, year: int) -> float:
        """Colour economies by a policy's mean effect on a sponsor's share; grey where it may be chance.

        An effect counts as chance if the interval of the mean includes zero.  The stricter rule of verdicts,
        nine in ten futures, would leave all economies grey.

        Returns the end of the scale, in points.
        """
        at = study.sel(scenario=scenario, sponsor=sponsor, year=year)
        mean, low, high = (
            100 * at[name].values[self._positions] for name in ("effect", "effect_q05", "effect_q95")
        )
        known = ((at["effect_low"] > 0) | (at["effect_high"] < 0)).values[self._positions]
        largest = np.abs(mean[known]).max(initial=0.0)
        most = next(end for end in ENDS if end >= largest)
        colors = [
            get_change_color(value, most) if sure else FAINT for value, sure in zip(mean, known, strict=True)
        ]
        each = (Finding.of(Estimate(*ends), PERCENT, DRAWS) for ends in zip(mean, low, high, strict=True))
        texts = [f"{f.signed} points ({f.signed_ends})" if f.known else "no base yet" for f in each]
        self._paint_economies(colors, texts, mean, known, self._get_record_status(study))
        return most

    def _get_record_status(self, study: xr.Dataset) -> list[str]:
        """Return the record status of each economy's networks; empty texts in a world without a record."""
        if COUNTRY_RECORD not in study.coords:
            return [""] * len(self.countries)
        said: list[str] = study[COUNTRY_RECORD].values[self._positions].tolist()
        return said

    def _paint_economies(
        self, colors: list[str], texts: list[str], values: Floats, known: Bools, recorded: list[str]
    ) -> None:
        """Set colours and texts of the economies, and describe the map.

        known  whether each value is more than chance
        Horizontal lines mark economies without recorded networks.
        """
        size, names = len(colors), list(self.source.data["name"])
        hatches = ["-" if said == NOT_RECORDED else " " for said in recorded]
        self.source.patch({"hatch": [(slice(size), hatches)]})
        texts = [
            f"{text}; networks {said}" if said else text for text, said in zip(texts, recorded, strict=True)
        ]
        self.source.patch({"color": [(slice(size), colors)], "texts": [(slice(size), texts)]})
        largest = [n for n in np.argsort(-np.abs(np.where(known, values, 0.0))) if known[n]][:5]
        most = "; ".join(f"{names[n]} {texts[n]}" for n in largest)
        text = f"Map of economies. Largest: {most or 'none that is more than chance'}."
        self.framed.say(text, economy=names, value=values.tolist(), known=known.tolist(), words=texts)


def get_level_color(share: float, deep: str) -> str:
    """Return the colour of a share in per cent: pale for none, `deep` from :data:`MOST_LEVEL` on.

    NaN is grey.
    """
    return mix_colors(PALE, deep, min(share / MOST_LEVEL, 1.0)) if np.isfinite(share) else FAINT


def get_change_color(points: float, most: float) -> str:
    """Return the colour of a change: brown for more, violet for less, deepest at `most` points.

    NaN is grey.
    """
    return effect_color(points / most) if np.isfinite(points) else FAINT


def build_change_legend(most: float) -> list[tuple[str, str]]:
    """Build the legend of the map of changes: colours and texts.

    most  end of the scale, in points
    """
    steps = [part * most for part in (-1.0, -0.5, 0.5, 1.0)]
    said = [joined(signed(step, max(two_digits(step), 0)), "points") for step in steps]
    colors = [get_change_color(step, most) for step in steps]
    return [*zip(colors, said, strict=True), (FAINT, "no more than chance")]


def build_level_legend(sponsor: str) -> list[tuple[str, str]]:
    """Build the legend of the map of levels of a sponsor: colours and texts."""
    deep = sponsor_color(sponsor)
    steps = [(get_level_color(share, deep), f"{share:.0f} %") for share in (0.0, 20.0, 40.0, 60.0, 80.0)]
    return [*steps, (FAINT, "no base")]


class ChainChart:
    """Bar chart of the chain from first mover to standard: remaining lead after each step."""

    #: Pixels of a link: its name in a line, its bar beneath.
    ROW = 44

    def __init__(self) -> None:
        places = ("row", "line", "above", "below", "left", "right", "size", "low", "high")
        self.source = ColumnDataSource({name: [] for name in (*places, "title", "numbers", "color", "ink")})
        plot = build_plain_figure(height=3 * self.ROW, x_range=(-1.0, 1.0), y_range=(1.0, 0.0))
        plot.axis.visible = plot.grid.visible = False
        plot.hbar(y="row", left=0, right="size", height=0.36, color="color", source=self.source)
        plot.segment(0, "above", 0, "below", line_color=QUIET, source=self.source)
        plot.segment("low", "row", "high", "row", line_color=INK, line_width=1.5, source=self.source)
        looks = {"text_font": FONT, "text_font_size": "13px", "text_color": "ink", "source": self.source}
        plot.text("left", "line", text="title", text_baseline="middle", **looks)
        plot.text("right", "row", text="numbers", text_baseline="middle", text_align="right", **looks)
        self.figure, self.framed = plot, ChartFrame.of(plot, "chain")

    def show(self, steps: Sequence[tuple[str, Finding]], text: str) -> None:
        """Draw the links; the first, the given lead, is cut off if larger than the range of the rest.

        text  introduction to the numbers in the description of the chart
        """
        rest = [finding.largest for _, finding in steps[1:]]
        most, size = max([*rest, LEAST]), [float(np.nan_to_num(finding.size)) for _, finding in steps]
        end, least = (
            1.05 * most,
            min([-0.1 * most, *(finding.low for _, finding in steps[1:] if finding.ranged)]),
        )
        edge, count, numbers, titles = (end - least) / 0.6 + least, len(steps), list[str](), list[str]()
        for title, finding in steps:
            ends = (finding.size, finding.low, finding.high)
            mean, low, high = (signed(value, min(finding.digits, 2)) for value in ends)
            said = f"{mean} ({low} to {high})" if finding.known else "not defined"
            numbers.append("switched off" if finding.unmoved else said)
            titles.append(f"{title} (bar cut off)" if abs(finding.size) > end else title)
        cut = [
            np.clip([getattr(finding, name) for _, finding in steps], -end, end) for name in ("low", "high")
        ]
        self.figure.height = self.ROW * count + 10
        self.figure.y_range.start = float(count)
        self.figure.x_range.update(start=least, end=edge)
        self.source.data = {
            "row": [n + 0.72 for n in range(count)],
            "line": [n + 0.3 for n in range(count)],
            "above": [n + 0.5 for n in range(count)],
            "below": [n + 0.94 for n in range(count)],
            "left": [least] * count,
            "right": [edge] * count,
            "title": titles,
            "numbers": numbers,
            "size": np.clip(size, -end, end),
            "low": cut[0],
            "high": cut[1],
            "color": [BAR if finding.clear else FAINT for _, finding in steps],
            "ink": [QUIET if finding.unmoved else INK for _, finding in steps],
        }
        texts = "; ".join(f"{title}: {said}" for title, said in zip(titles, numbers, strict=True))
        columns = {name: [getattr(finding, name) for _, finding in steps] for name in ("size", "low", "high")}
        self.framed.say(f"{text} {texts}.", link=titles, **columns)
