"""The answer and the pictures that follow the runs, a pane each, in Bokeh, with nothing from a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import panel as pn
from bokeh.models import BasicTicker, BasicTickFormatter, ColumnDataSource, HoverTool
from bokeh.models.annotations import Legend, LegendItem, Span
from bokeh.plotting import figure

from lockin_sim.app.builder import WIDE, abreast, button, by_title, country_options, domain_options, html
from lockin_sim.app.session import EVERY, PLACES, VENDORS, Desk, Session
from lockin_sim.findings import Finding
from lockin_sim.plots.kit.maps import equal_earth, world_map
from lockin_sim.plots.kit.style import FAINT, INK, PALE, QUIET, effect_color, sponsor_color, toward
from lockin_sim.prose import element
from lockin_sim.reader import MIDDLE, clear, read, subject
from lockin_sim.report.evidence import PRICE, USD_BN, UTILITY, Evidence, known, unit_in
from lockin_sim.report.figures import thinned
from lockin_sim.report.record import misfit
from lockin_sim.scenario import Scenario
from lockin_sim.studies.breakdown import ACTOR
from lockin_sim.studies.chain_answer import answer as chain_answer
from lockin_sim.studies.chain_answer import group_in
from lockin_sim.studies.outcomes import headlines, outcomes
from lockin_sim.titles import OF_THOUGHT, is_thought, label_of
from lockin_sim.wording import opening, signed
from lockin_sim.world.names import adjective, group_name, name_of

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


class Effects:
    """What each policy changes over the years, with the range of 90 % of runs as a band."""

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
        kind: Any = Legend  # whose types do not know its arguments
        looks = {"label_text_font": FONT, "label_text_font_size": "13px"}
        self.figure.add_layout(kind(items=self.items, border_line_color=None, padding=0, **looks), "above")

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
            names = {"mean": "effect", "low": "effect_q05", "high": "effect_q95"}
            values = {key: unit.factor * at[name].values for key, name in names.items()}
            source.data = {"year": evidence.calendar} | values
            known = [v for v in (*values["mean"], *values["low"], *values["high"]) if np.isfinite(v)]
            ends += [min(known), max(known)] if known else []
        low, high = min([*ends, -LEAST]), max([*ends, LEAST])
        room = 0.06 * (high - low)
        self.figure.y_range.update(start=low - room, end=high + room)


def vendors_figure(
    study: xr.Dataset, scenario: str, domain: str, year: int
) -> tuple[Any, list[tuple[str, str]], str]:
    """Whose equipment is in use in a domain over the years, stacked; what is left to 100 % has none.

    Returns the figure, colour and words of every vendor for the key beneath it, from the top, and for who
    cannot see it the three largest in words.
    """
    at = study.sel(scenario=scenario).isel(offer=np.flatnonzero(study["domain"].values == domain))
    years, when = at["year"].values, list(at["year"].values).index(year)
    largest = np.argsort(-np.nan_to_num(at["level"].sel(year=year).values))[:3]
    shares = np.nan_to_num(100 * at["level"].transpose("offer", "year").values)
    names = [opening(str(vendor)) for vendor in at["vendor"].values]
    parts = ", ".join(f"{names[o]} {shares[o, when]:.0f} %" for o in largest)
    made = plain_figure(height=350, y_range=(0, 100), x_range=(int(years[0]), int(years[-1])))
    made.yaxis.axis_label = "per cent of the world's installed base"
    made.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    below, key, seen = np.zeros(len(years)), [], Counter[str]()
    sponsors = [str(sponsor) for sponsor in at["sponsor"].values]
    for o in sorted(range(len(names)), key=sponsors.__getitem__):
        color = toward(sponsor_color(sponsors[o]), "white", min(0.28 * seen[sponsors[o]], 0.75))
        seen[sponsors[o]] += 1
        made.varea(x=years, y1=below, y2=below + shares[o], fill_color=color)
        made.line(x=years, y=below + shares[o], line_color="white", line_width=0.8)
        key.append((color, f"{names[o]} {shares[o, when]:.0f} %"))
        below = below + shares[o]
    made.add_layout(Span(location=year, dimension="height", line_color=INK, line_dash="dotted"))
    return made, key[::-1], f"{opening(name_of('domain', domain))}, {year}, mean over runs: {parts}."


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
        flat = (equal_earth(ring[:, 0], ring[:, 1], world.central_meridian) for ring in rings)
        parts = [np.round(ring, 3) for ring in (thinned(each, NEAR) for each in flat) if len(ring) >= 3]
        if parts:
            apart = [each for part in parts for each in (np.full((1, 2), np.nan), part)][1:]
            found[code] = tuple(column.tolist() for column in np.concatenate(apart).T)
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
        """By how many points a policy changes that share; grey where that is not clear.

        Returns the end of the scale, in points.
        """
        at = study.sel(scenario=scenario, sponsor=sponsor, year=year)
        mean, low, high = (100 * at[name].values[self._positions] for name in
                           ("effect", "effect_q05", "effect_q95"))  # fmt: skip
        known = clear(at).values[self._positions]
        largest = np.abs(mean[known]).max(initial=0.0)
        most = next(end for end in ENDS if end >= largest)
        colors = [
            change_color(value, most) if sure else FAINT for value, sure in zip(mean, known, strict=True)
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
    return [*((change_color(p, most), text) for p, text in ends), (FAINT, "no clear effect")]


def key_of_levels(sponsor: str) -> list[tuple[str, str]]:
    """Colours of shares and what they mean."""
    deep = sponsor_color(sponsor)
    steps = [(level_color(share, deep), f"{share:.0f} %") for share in (0.0, 20.0, 40.0, 60.0, 80.0)]
    return [*steps, (FAINT, "no base")]


#: What is set side by side beside the headline, by name of an outcome, where a world has it.
OUTCOMES = ("{family}_share", "dependence_sensitive_{sponsor}_excluding_{sponsor}", "lock_in", "price_paid")

#: The same of groups of markets: measure and group.
OF_GROUPS = (("dependence_sensitive_{sponsor}", "EU"), ("coverage_surplus", "income:low"))


def answers(evidence: Evidence, outcome: str, year: int) -> str:
    """What every policy changes in a year, what it costs whom, and how sure that is, as HTML."""
    policies = [
        (
            evidence.paid(policy, outcome, year),
            evidence.named(policy),
            OF_THOUGHT if is_thought(policy, evidence.effects) else "",
            label_of(evidence.effects, "scenario_decides", policy),
        )
        for policy in evidence.policies
    ]
    base = evidence.standing(outcome, year)
    return element("app.answers", e=evidence, policies=policies, base=base, year=year, misfit=misfit())


def side_by_side(evidence: Evidence, outcome: str, year: int) -> list[tuple[str, str, list[Finding]]]:
    """Title, unit and what every policy changes, the chosen outcome first, then prices."""
    about = {"family": evidence.case.family, "sponsor": (*evidence.case.sponsors, "")[0]}
    names = dict.fromkeys([outcome, *(name.format(**about) for name in OUTCOMES)])
    rows = []
    for name in known(list(names), evidence.effects, "outcome"):
        cells = [evidence.finding(policy, name, year) for policy in evidence.policies]
        rows.append((subject(evidence.label(name)).rstrip(","), evidence.unit(name).short, cells))
    groups, costs = evidence.study("by_group"), evidence.study("public_cost")
    for measure, group in OF_GROUPS:
        name = measure.format(**about)
        if groups is None or not known([name], groups, "measure") or not known([group], groups, "group"):
            continue
        unit = unit_in(groups, name, "measure")
        at: dict[str, Any] = {"measure": name, "group": group, "year": year}
        cells = [read(groups, unit, scenario=policy, **at) for policy in evidence.policies]
        if unit == UTILITY:
            cells = [found.scaled(100 / evidence.price_weight, PRICE) for found in cells]
        title = opening(str(groups["measure_label"].sel(measure=name).item()))
        rows.append((f"{title}, {group_name(group)}", cells[0].unit.short, cells))
    if costs is not None:
        whose = opening(evidence.actor.title)
        for payer, title in ((ACTOR, f"{whose} and its buyers pay"), ("governments", "All governments pay")):
            cells = [evidence.bill(costs, policy, payer, year) for policy in evidence.policies]
            rows.append((f"{title}, in all until {year}", USD_BN.short, cells))
    return rows


def links(chain: xr.Dataset, year: int) -> str:
    """Every link from first mover to standard: what is left of the lead, and the answer in words, as HTML."""
    place = group_in(chain, None)
    bodies = [str(p) for p in chain["place"].values][int(chain.attrs["groups"])]
    first, alternative = int(chain["year"].values[0]), str(chain["alternative"].values[0])
    labels = chain["quantity_label"]
    titles = [("base", f"The lead, given in {first}", first)]
    titles += [(str(q), opening(str(labels.sel(quantity=q).item())), year) for q in chain["quantity"].values]
    steps = []
    for name, title, when in titles:
        at: dict[str, Any] = {"alternative": alternative, "quantity": name, "year": when}
        known_there = np.isfinite(float(chain["level"].sel(place=place, **at)))
        steps.append((title, read(chain, change="lead", place=place if known_there else bodies, **at)))
    most = max((abs(found.size) for _, found in steps if found.known), default=1.0) or 1.0
    shown = []
    for title, found in steps:
        mean, low, high = (signed(v, min(found.digits, 2)) for v in (found.size, found.low, found.high))
        numbers = f"{mean} [{low}, {high}]" if found.known else "not defined"
        wide = float(abs(np.nan_to_num(found.size / most))) * (80.0 if found.size > 0 else 20.0)  # per cent
        shown.append((title, found.clear, numbers, 20.0 if found.size > 0 else 20.0 - wide, wide))
    words, runs = chain_answer(chain, year=year), int(chain.attrs["runs"])
    return element("app.chain", steps=shown, year=year, runs=runs, answer=words)


class Pane:
    """Something that a tab shows.

    changed  is called once another of its controls was set
    """

    title = ""

    def __init__(self, *controls: Any, changed: Callable[[], None] = lambda: None) -> None:
        self.scenarios: dict[str, Scenario] = {}
        for control in controls:
            control.param.watch(lambda event: changed(), "value")

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Take note of what is compared from now on, the baseline first."""

    def take(self, new: set[str], session: Session) -> None:
        """Show what has arrived that is this pane's own."""

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw what is known; called while this pane is looked at."""


class Overview(Pane):
    """Effects over the years; its controls choose the measure and the year of the whole page."""

    title = "Over time"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        first, last = desk.years
        all_of_them = outcomes(desk.world)
        headline = [name for name in reversed(headlines(desk.world.case)) if name in all_of_them]
        options = {opening(all_of_them[n].label): n for n in dict.fromkeys([*headline, *all_of_them])}
        self.measure = pn.widgets.Select(label="What matters to you", options=options, **WIDE)
        self.year = pn.widgets.IntSlider(
            label="Year", start=first, end=last, value=min(MIDDLE, last), format="0", **WIDE
        )
        super().__init__(self.measure, changed=changed)
        self.year.param.watch(lambda event: changed(), "value_throttled")
        self.controls = abreast(
            pn.Column(self.measure, min_width=260, styles={"flex": "2"}),
            pn.Column(self.year, min_width=220, styles={"flex": "1"}),
        )
        self._chart = Effects(desk.years)
        self.panel = pn.Column(pn.pane.Bokeh(self._chart.figure, **WIDE), **WIDE)

    def chosen(self) -> tuple[str, int]:
        """The measure and the year that somebody looks at."""
        return str(self.measure.value), int(self.year.value or 0)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Effects of all policies over the years."""
        self._chart.show(evidence, outcome, year)


class Compared(Pane):
    """Policies side by side, in numbers."""

    title = "Side by side"

    def __init__(self) -> None:
        super().__init__()
        self._table = html()
        self.panel = pn.Column(self._table, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The table of that year."""
        titles = [evidence.marked(policy) for policy in evidence.policies]
        rows = side_by_side(evidence, outcome, year)
        self._table.object = element("app.comparison", titles=titles, rows=rows)


class _OfScenario(Pane):
    """A pane that shows one of the scenarios at a time."""

    def __init__(
        self, *controls: Any, label: str = "Policy", changed: Callable[[], None] = lambda: None
    ) -> None:
        self.scenario = pn.widgets.Select(label=label, options={}, min_width=200)
        super().__init__(self.scenario, *controls, changed=changed)

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Let any of them be chosen; the first policy if the one that was is gone."""
        alone = len(self.scenarios) < 2
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        names = by_title(self.scenarios, lambda name: self.scenarios[name].called)
        stays = self.scenario.value in names.values() and not alone
        value = self.scenario.value if stays else list(names.values())[min(1, len(names) - 1)]
        self.scenario.param.update(options=names, value=value)

    @property
    def chosen(self) -> Scenario:
        """The scenario that is looked at."""
        return self.scenarios[self.scenario.value]


class WorldMap(_OfScenario):
    """Whose vendors economies use, and what a policy changes, every few years."""

    title = "Map"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self._first = desk.years[0]
        whose = {f"{opening(adjective(s))} vendors": s for s in desk.world.case.sponsors}
        self.sponsor = pn.widgets.Select(label="Whose vendors", options=whose, min_width=200)
        self.what = pn.widgets.RadioButtonGroup(
            label="What", options={"Change by the policy": True, "Share": False}, value=True
        )
        super().__init__(self.sponsor, self.what, changed=changed)
        self._map = Map(list(desk.world.countries))
        self._key, self._note = html(), html()
        self.panel = pn.Column(
            abreast(self.scenario, self.sponsor, self.what, align="end"),
            self._note, pn.pane.Bokeh(self._map.figure, sizing_mode="scale_width"), self._key, **WIDE,
        )  # fmt: skip

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The map of the nearest year that is kept."""
        study = evidence.studies[PLACES]
        name, sponsor, changes = self.chosen.name, str(self.sponsor.value), bool(self.what.value)
        if name not in study["scenario"].values:
            return
        near = self._first + EVERY * round((year - self._first) / EVERY)
        vendors = f"{adjective(sponsor)} vendors' share of each economy's installed base"
        if changes:
            steps = key_of_changes(self._map.show_changes(study, name, sponsor, near))
            said = f"What {evidence.named(name)} changes about {vendors} by {near}, in points."
        else:
            self._map.show_levels(study, name, sponsor, near)
            steps, said = key_of_levels(sponsor), f"{vendors} in {near}, under {evidence.named(name)}."
        self._key.object = element("app.key", steps=steps)
        text = f"{opening(said)} Point at an economy for its number."
        self._note.object = element("app.paragraph", text=text)


class Vendors(_OfScenario):
    """Whose equipment is in use in a domain, over the years."""

    title = "Vendors"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        super().__init__(self.domain, changed=changed)
        self._chart, self._note, self._key = pn.pane.Bokeh(None, **WIDE), html(), html()
        parts = (abreast(self.scenario, self.domain), self._note, self._chart, self._key)
        self.panel = pn.Column(*parts, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Shares of all vendors of the domain."""
        study, domain, name = evidence.studies[VENDORS], str(self.domain.value), self.chosen.name
        if name in study["scenario"].values:
            self._chart.object, key, largest = vendors_figure(study, name, domain, year)
            self._key.object = element("app.key", steps=key)
            self._note.object = element("app.paragraph", text=largest)


class Economy(_OfScenario):
    """One economy's story: who was chosen in one run, and why, term by term."""

    title = "One country"

    def __init__(self, desk: Desk, ask: Callable[..., None]) -> None:
        super().__init__()
        self._ask = ask
        countries = country_options(desk.world)
        usual = "KEN" if "KEN" in countries.values() else next(iter(countries.values()))
        self.country = pn.widgets.Select(label="Economy", options=countries, value=usual, min_width=200)
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        # without ends of their own: what there is no explanation of is refused as `lockin explain` refuses it
        self.year = pn.widgets.IntInput(label="Year", value=min(2025, desk.years[1]), width=100)
        self.run = pn.widgets.IntInput(label="Run", value=0, width=100)
        self.button = button("Why?", self.ask, first=True)
        self._story = html()
        parts = (self.scenario, self.country, self.domain, self.year, self.run, self.button)
        self.panel = pn.Column(abreast(*parts, align="end"), self._story, **WIDE)

    def ask(self) -> None:
        """Ask for the story."""
        self._story.object = element("app.state", text="One run is being followed ...")
        self._ask(
            scenario=self.chosen, country=self.country.value, domain=self.domain.value,
            year=self.year.value, run=self.run.value,
        )  # fmt: skip

    def take(self, new: set[str], session: Session) -> None:
        """Show the story once it is there."""
        if "story" in new:
            _, table = session.found["story"]
            self._story.object = element("app.story", table=table)
        elif "said" in new:
            self._story.object = ""


class Chain(_OfScenario):
    """The chain from first mover to standard, link by link."""

    title = "From first mover to standard"

    def __init__(self, desk: Desk, follow: Callable[[Scenario], None]) -> None:
        super().__init__(label="Under")
        self._follow = follow
        self.button = button("Follow the chain", self.ask, first=True)
        self._links = html(element("app.about_chain"))
        self._year = MIDDLE
        self._chain: xr.Dataset | None = None
        self.panel = pn.Column(abreast(self.scenario, self.button, align="end"), self._links, **WIDE)

    def ask(self) -> None:
        """Begin to follow it."""
        self._links.object = element("app.state", text="The world is run with and without the lead ...")
        self._follow(self.chosen)

    def take(self, new: set[str], session: Session) -> None:
        """Show what is known of the links."""
        if "chain" in new:
            self._chain = session.chain()
            self._links.object = links(self._chain, self._year)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The links of another year."""
        if year != self._year:
            self._year = year
            if self._chain is not None:
                self._links.object = links(self._chain, year)
