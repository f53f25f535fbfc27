"""The answer and the pictures of the page, a pane each: its controls, and how it shows what has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import panel as pn
from markupsafe import Markup, escape

from lockin_sim.app.charts import Effects, Map, key_of_changes, key_of_levels, said_of, vendors_figure
from lockin_sim.app.controls import WIDE, abreast, button, by_title, country_options, domain_options, html
from lockin_sim.app.session import EVERY, PLACES, VENDORS, Desk, Session
from lockin_sim.reader import MIDDLE, estimate, subject
from lockin_sim.report.bills import pays, price_weight
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.record import misfit
from lockin_sim.report.words import changes, count, level, within
from lockin_sim.scenario import Scenario
from lockin_sim.statistics import Estimate
from lockin_sim.studies.chain.answer import answer as chain_answer
from lockin_sim.studies.chain.answer import group_in
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.titles import OF_THOUGHT, is_thought, label_of
from lockin_sim.wording import Unit, effect_digits, opening, signed, unit_of
from lockin_sim.world.names import adjective, group_name

if TYPE_CHECKING:
    import xarray as xr

#: What is set side by side beside the headline, by name of an outcome, where a world has it.
OUTCOMES = ("{family}_share", "dependence_sensitive_{sponsor}_excluding_{sponsor}", "lock_in", "price_paid")

#: The same of groups of markets: measure and group.
OF_GROUPS = (("dependence_sensitive_{sponsor}", "EU"), ("coverage_surplus", "income:low"))

USD, UTILITY = unit_of("USD bn"), unit_of("utility")


class Answer(NamedTuple):
    """One policy in three short texts: what it does, what it costs whom, and what that leans on."""

    says: str
    price: str
    leans: str


def answer(evidence: Evidence, policy: str, outcome: str, year: int) -> Answer:
    """What a policy changes in a year, what it costs whom, and how sure that is."""
    found = evidence.effect(policy, outcome, year)
    does = changes(found, evidence.unit(outcome), within(evidence.label(outcome)))
    base = level(evidence.level(evidence.baseline, outcome, year), evidence.unit(outcome), runs=False)
    so_far = count(evidence.runs, "run")
    says = f"{opening(evidence.named(policy))} {does} in {year}; {so_far} so far. Without it: {base}."
    if is_thought(policy, evidence.effects):
        says += f" A {OF_THOUGHT}."
    leans = label_of(evidence.effects, "scenario_decides", policy)
    return Answer(says, f"{opening(pays(evidence, policy))}.", f"{opening(leans)}." if leans else "")


def caution() -> str:
    """What no number of runs mends."""
    return f"The interval tells chance alone, not whether the model is right. {opening(misfit())}."


class Row(NamedTuple):
    """One measure of all policies: in words, and each policy's effect as text and as a number."""

    title: str
    unit: str
    cells: list[tuple[str, str, bool]]  # mean, interval, whether it is more than chance could


def side_by_side(evidence: Evidence, outcome: str, year: int) -> list[Row]:
    """What every policy changes, the chosen outcome first, then prices."""
    about = {"family": evidence.case.family, "sponsor": (*evidence.case.sponsors, "")[0]}
    names = [outcome, *(name.format(**about) for name in OUTCOMES)]
    rows = [
        _row(subject_of(evidence, name), evidence.unit(name), [evidence.effect(p, name, year) for p in
             evidence.policies])
        for name in dict.fromkeys(names) if name in evidence.outcomes
    ]  # fmt: skip
    groups, costs = evidence.study("by_group"), evidence.study("public_cost")
    for measure, group in OF_GROUPS:
        name = measure.format(**about)
        if groups is None or name not in groups["measure"] or group not in groups["group"]:
            continue
        unit = unit_of(str(groups["measure_unit"].sel(measure=name).item()))
        called = opening(str(groups["measure_label"].sel(measure=name).item()))
        if unit == UTILITY:
            unit = Unit(100 / price_weight(evidence), "%", "% of the price", "%")
        at: dict[str, Any] = {"measure": name, "group": group, "year": year}
        found = [estimate(groups, unit.factor, scenario=p, **at) for p in evidence.policies]
        rows.append(_row(f"{called}, {group_name(group)}", unit, found))
    if costs is not None:
        for payer, title in (("governments", "All governments pay"), ("adopters", "Operators and users pay")):
            of_payer: dict[str, Any] = {"item": "total", "payer": payer, "year": year}
            found = [estimate(costs, scenario=p, **of_payer) for p in evidence.policies]
            rows.append(_row(f"{title}, in all until {year}", USD, found))
    return rows


def subject_of(evidence: Evidence, outcome: str) -> str:
    """An outcome as it opens a row."""
    return subject(evidence.label(outcome)).rstrip(",")


def _row(title: str, unit: Unit, found: list[Estimate[float]]) -> Row:
    """A measure in words."""
    return Row(title, unit.short, [_cell(each) for each in found])


def _cell(found: Estimate[float]) -> tuple[str, str, bool]:
    """An effect with its interval, and whether it is told from nothing."""
    if not found.known:
        return "not defined", "", False
    digits = effect_digits(*found)
    mean, low, high = (signed(value, digits) for value in found)
    return mean, f"[{low}, {high}]", bool(found.distinct)


def answer_html(answers: list[Answer], caution: str) -> str:
    """The answers, with price and doubt of each beside it; what holds for all of them last."""
    parts = []
    for each in answers:
        facts = [("Who pays", each.price), ("Leans on", each.leans)]
        facts += [("How sure", caution)] if len(answers) == 1 else []
        rows = Markup("").join(
            Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*fact) for fact in facts if fact[1]
        )
        parts.append(Markup('<article><p class="says">{}</p><dl>{}</dl></article>').format(each.says, rows))
    if len(answers) > 1:
        parts.append(Markup('<p class="note">How sure: {}</p>').format(caution))
    return str(Markup("").join(parts))


def comparison_html(titles: list[str], rows: list[Row]) -> str:
    """Policies side by side; what chance alone could do is pale."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(title) for title in titles)
    body = []
    for row in rows:
        cells = Markup("").join(
            Markup('<td class="{}" data-label="{}"><b>{}</b> <small>{}</small></td>').format(
                "clear" if clear else "unclear", title, mean, ends
            )
            for title, (mean, ends, clear) in zip(titles, row.cells, strict=True)
        )
        unit = Markup(" <small>{}</small>").format(row.unit) if row.unit else ""
        body.append(Markup('<tr><th scope="row">{}{}</th>{}</tr>').format(row.title, unit, cells))
    return str(
        Markup(
            '<table><thead><tr><th scope="col">Change from the baseline</th>{}</tr></thead>'
            "<tbody>{}</tbody></table><p class='note'>Means over runs with 95 % intervals. "
            "Pale: chance alone could do it.</p>"
        ).format(heads, Markup("").join(body))
    )


def chain_html(chain: xr.Dataset, year: int) -> str:
    """Every link from first mover to standard: what is left of the lead as a bar, and the answer in words."""
    place = group_in(chain, None)
    bodies = [str(p) for p in chain["place"].values][int(chain.attrs["groups"])]
    first = int(chain["year"].values[0])
    alternative = str(chain["alternative"].values[0])
    steps = [_step(chain, alternative, "base", place, bodies, first, f"The lead, given in {first}")]
    for name in map(str, chain["quantity"].values):
        title = opening(str(chain["quantity_label"].sel(quantity=name).item()))
        steps.append(_step(chain, alternative, name, place, bodies, year, title))
    most = max((abs(mean) for _, mean, _, _ in steps if np.isfinite(mean)), default=1.0) or 1.0
    rows = Markup("").join(
        Markup(
            '<li class="{}"><span>{}</span><i style="--from: {:.1f}%; --wide: {:.1f}%"></i><b>{}</b></li>'
        ).format("clear" if clear else "unclear", title, *_bar(mean, most), numbers)
        for title, mean, clear, numbers in steps
    )
    words = Markup("").join(Markup("<p>{}</p>").format(text) for text in chain_answer(chain, year=year))
    return str(
        Markup(
            "<ol class='chain'>{}</ol><p class='note'>Percentage points in {}, with 95 % intervals, {} runs "
            "so far. Pale: chance alone could do it.</p>{}"
        ).format(rows, year, int(chain.attrs["runs"]), words)
    )


def _step(
    chain: xr.Dataset, alternative: str, quantity: str, place: str, bodies: str, year: int, title: str
) -> tuple[str, float, bool, str]:
    """Title, mean, whether it is more than chance could, and numbers of one link."""
    at: dict[str, Any] = {
        "alternative": alternative, "change": "lead", "quantity": quantity, "year": year,
    }  # fmt: skip
    level = float(chain["level"].sel(alternative=alternative, quantity=quantity, year=year, place=place))
    found = estimate(chain, 100.0, place=place if np.isfinite(level) else bodies, **at)
    if not found.known:
        return title, np.nan, False, "not defined"
    digits = min(effect_digits(*found), 2)
    mean, low, high = (signed(value, digits) for value in found)
    return title, found.mean, bool(found.distinct), f"{mean} [{low}, {high}]"


def _bar(mean: float, most: float) -> tuple[float, float]:
    """Where a bar begins and how wide it is, per cent; zero stands at a fifth."""
    size = 0.0 if np.isnan(mean) else mean / most
    wide = abs(size) * (80.0 if size > 0 else 20.0)
    return (20.0 if size > 0 else 20.0 - wide), wide


def key_html(steps: list[tuple[str, str]]) -> str:
    """Colours of a map and what they mean."""
    parts = [Markup('<li><i style="background: {}"></i>{}</li>').format(color, text) for color, text in steps]
    return str(Markup("<ul class='key'>{}</ul>").format(Markup("").join(parts)))


def message_html(text: str) -> str:
    """A message to the visitor; nothing for none."""
    return str(Markup('<p role="alert">{}</p>').format(text)) if text else ""


def told(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"


class Pane:
    """Something that a tab shows."""

    title = ""

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
        known = outcomes(desk.world)
        order = dict.fromkeys([*(n for n in reversed(headlines(desk.world.case)) if n in known), *known])
        self.measure = pn.widgets.Select(
            label="What matters to you", options={opening(known[n].label): n for n in order}, **WIDE
        )
        self.year = pn.widgets.IntSlider(
            label="Year", start=first, end=last, value=min(MIDDLE, last), format="0", **WIDE
        )
        self.measure.param.watch(lambda event: changed(), "value")
        self.year.param.watch(lambda event: changed(), "value_throttled")
        self.controls = abreast(
            pn.Column(self.measure, min_width=260, styles={"flex": "2"}),
            pn.Column(self.year, min_width=220, styles={"flex": "1"}),
        )
        self._chart = Effects(desk.years)
        self.panel = pn.Column(pn.pane.Bokeh(self._chart.figure, **WIDE), **WIDE)

    def asked(self, evidence: Evidence) -> tuple[str, int]:
        """The measure and the year that somebody looks at."""
        return str(self.measure.value), int(self.year.value or 0)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Effects of all policies over the years."""
        self._chart.show(evidence, outcome, year)


class Compared(Pane):
    """Policies side by side, in numbers."""

    title = "Side by side"

    def __init__(self) -> None:
        self._table = html()
        self.panel = pn.Column(self._table, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The table of that year."""
        titles = [evidence.marked(policy) for policy in evidence.policies]
        self._table.object = comparison_html(titles, side_by_side(evidence, outcome, year))


class _OfScenario(Pane):
    """A pane that shows one of the scenarios at a time."""

    def __init__(self, label: str, changed: Callable[[], None]) -> None:
        self.scenario = pn.widgets.Select(label=label, options={}, min_width=200)
        self.scenarios: dict[str, Scenario] = {}
        self.scenario.param.watch(lambda event: changed(), "value")

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Let any of them be chosen; the first policy if the one that was is gone."""
        alone = len(self.scenarios) < 2
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        names = by_title(self.scenarios, lambda name: self.scenarios[name].called)
        before = self.scenario.value
        kept = (
            before if before in names.values() and not alone else list(names.values())[min(1, len(names) - 1)]
        )
        self.scenario.param.update(options=names, value=kept)

    @property
    def chosen(self) -> Scenario:
        """The scenario that is looked at."""
        return self.scenarios[self.scenario.value]


class WorldMap(_OfScenario):
    """Whose vendors economies use, and what a policy changes, every few years."""

    title = "Map"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        super().__init__("Policy", changed)
        self._first = desk.years[0]
        whose = {f"{opening(adjective(s))} vendors": s for s in desk.world.case.sponsors}
        self.sponsor = pn.widgets.Select(label="Whose vendors", options=whose, min_width=200)
        self.what = pn.widgets.RadioButtonGroup(
            label="What", options={"Change by the policy": True, "Share": False}, value=True
        )
        for widget in (self.sponsor, self.what):
            widget.param.watch(lambda event: changed(), "value")
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
        self._key.object = key_html(steps)
        self._note.object = told(f"{opening(said)} Point at an economy for its number.")


class Vendors(_OfScenario):
    """Whose equipment is in use in a domain, over the years."""

    title = "Vendors"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        super().__init__("Policy", changed)
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        self.domain.param.watch(lambda event: changed(), "value")
        self._chart, self._note, self._key = pn.pane.Bokeh(None, **WIDE), html(), html()
        parts = (abreast(self.scenario, self.domain), self._note, self._chart, self._key)
        self.panel = pn.Column(*parts, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Shares of all vendors of the domain."""
        study, domain, name = evidence.studies[VENDORS], str(self.domain.value), self.chosen.name
        if name in study["scenario"].values:
            self._chart.object, key = vendors_figure(study, name, domain, year)
            self._key.object = key_html(key)
            self._note.object = told(said_of(study, name, domain, year))


class Economy(_OfScenario):
    """One economy's story: who was chosen in one run, and why, term by term."""

    title = "One country"

    def __init__(self, desk: Desk, ask: Callable[..., None]) -> None:
        super().__init__("Policy", lambda: None)
        self._ask = ask
        countries = country_options(desk.world)
        usual = "KEN" if "KEN" in countries.values() else next(iter(countries.values()))
        self.country = pn.widgets.Select(label="Economy", options=countries, value=usual, min_width=200)
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        # without ends of their own: what there is no explanation of is refused as `lockin explain` refuses it
        self.year = pn.widgets.IntInput(label="Year", value=min(2025, desk.years[1]), width=100)
        self.run = pn.widgets.IntInput(label="Run", value=0, width=100)
        self.button = button("Why?", first=True)
        self.button.on_click(lambda event: self.ask())
        self._story = html()
        self.panel = pn.Column(
            abreast(
                self.scenario, self.country, self.domain, self.year, self.run, self.button, align="end"
            ),
            self._story, **WIDE,
        )  # fmt: skip

    def ask(self) -> None:
        """Ask for the story of what is chosen."""
        self._story.object = "<p role='status'>One run is being followed ...</p>"
        self._ask(
            scenario=self.chosen, country=self.country.value, domain=self.domain.value,
            year=self.year.value, run=self.run.value,
        )  # fmt: skip

    def take(self, new: set[str], session: Session) -> None:
        """Show the story once it is there."""
        if "story" in new:
            _, table = session.found["story"]
            self._story.object = (
                f"<div class='scroll'>{table}</div><p class='note'>Utility, term by term, of every offer in "
                "this one run; another run may end otherwise.</p>"
            )
        elif "said" in new:
            self._story.object = ""


class Chain(_OfScenario):
    """The chain from first mover to standard, link by link."""

    title = "From first mover to standard"

    def __init__(self, desk: Desk, follow: Callable[[Scenario], None]) -> None:
        super().__init__("Under", lambda: None)
        self._follow = follow
        self.button = button("Follow the chain", first=True)
        self.button.on_click(lambda event: self.ask())
        self._links = html(
            "<p>Had a first mover's vendors been given part of what was built abroad by the first year: what "
            "is left of that lead at every link, from equipment to standards and back to sales?</p>"
        )
        self._year = MIDDLE
        self._found: xr.Dataset | None = None
        self.panel = pn.Column(abreast(self.scenario, self.button, align="end"), self._links, **WIDE)

    def ask(self) -> None:
        """Begin to follow it."""
        self._links.object = "<p role='status'>The world is run with and without the lead ...</p>"
        self._follow(self.chosen)

    def take(self, new: set[str], session: Session) -> None:
        """Show what is known of the links."""
        if "chain" in new:
            self._found = session.chain()
            self._links.object = chain_html(self._found, self._year)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The links of another year."""
        if year != self._year:
            self._year = year
            if self._found is not None:
                self._links.object = chain_html(self._found, year)
