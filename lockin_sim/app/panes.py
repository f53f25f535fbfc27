"""The answer, and a pane for each view of what the runs show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import panel as pn

from lockin_sim.app.charts import Effects, Links, Map, Stack, key_of_changes, key_of_levels
from lockin_sim.app.controls import by_title, country_options, domain_options
from lockin_sim.app.parts import WIDE, abreast, button, fade, html
from lockin_sim.app.session import EVERY, PLACES, VENDORS, Desk, Session, usual_question
from lockin_sim.app.workers import Story
from lockin_sim.findings import Finding
from lockin_sim.prose import element
from lockin_sim.reader import MIDDLE, estimate, read, subject
from lockin_sim.report.evidence import PRICE, USD_BN, UTILITY, Evidence, known, unit_in
from lockin_sim.report.record import misfit
from lockin_sim.scenario import Scenario
from lockin_sim.studies.breakdown import ACTOR
from lockin_sim.studies.chain_answer import answer as chain_answer
from lockin_sim.studies.chain_answer import group_in
from lockin_sim.studies.outcomes import headlines, outcomes
from lockin_sim.titles import OF_THOUGHT, is_thought, label_of
from lockin_sim.wording import count, opening
from lockin_sim.world.names import adjective, group_name

if TYPE_CHECKING:
    import xarray as xr

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


def links(chain: xr.Dataset, year: int) -> list[tuple[str, Finding]]:
    """Every link from first mover to standard, by its title: what is left of the lead there."""
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
        left = estimate(chain, 100.0, change="lead", place=place if known_there else bodies, **at)
        steps.append((title, Finding.of(left)))
    return steps


class Pane:
    """Something that a tab shows.

    changed  is called once another of its controls was set
    """

    title = ""
    follows = True  # the runs, and not what somebody asks for

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

    def __init__(self, desk: Desk, changed: Callable[[], None], touched: Callable[[], None]) -> None:
        """touched is called while the year is moved, and before it is let go."""
        first, last = desk.years
        all_of_them = outcomes(desk.world)
        headline = [name for name in reversed(headlines(desk.world.case)) if name in all_of_them]
        options = {opening(all_of_them[n].label): n for n in dict.fromkeys([*headline, *all_of_them])}
        self.measure = pn.widgets.Select(label="What matters to you", options=options, **WIDE)
        self.year = pn.widgets.IntSlider(
            label="Year", start=first, end=last, value=min(MIDDLE, last), format="0", **WIDE
        )
        self.goal = pn.widgets.FloatInput(label="Your goal, change", value=None, **WIDE)
        super().__init__(self.measure, self.goal, changed=changed)
        self.measure.param.watch(lambda event: self.goal.param.update(value=None), "value")
        self.year.param.watch(lambda event: changed(), "value_throttled")
        self.year.param.watch(lambda event: touched(), "value")
        self.controls = abreast(
            pn.Column(self.measure, min_width=260, styles={"flex": "5"}),
            pn.Column(self.goal, min_width=120, styles={"flex": "1"}),
            pn.Column(self.year, min_width=120, styles={"flex": "1.5"}),
        )
        self._chart = Effects(desk.years)
        self.panel = self._chart.framed.panel

    def chosen(self) -> tuple[str, int]:
        """The measure and the year that somebody looks at."""
        return str(self.measure.value), int(self.year.value or 0)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Effects of all policies over the years."""
        self.goal.label = f"Your goal, {evidence.unit(outcome).short or 'change'}"
        self._chart.show(evidence, outcome, year, self.goal.value)


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
            self._note, self._key, self._map.framed.panel, **WIDE,
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
        self._stack: Stack | None = None
        self._chart, self._note, self._key = pn.Column(margin=0, **WIDE), html(), html()
        parts = (abreast(self.scenario, self.domain), self._note, self._chart, self._key)
        self.panel = pn.Column(*parts, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Shares of all vendors of the domain."""
        study, domain, name = evidence.studies[VENDORS], str(self.domain.value), self.chosen.name
        if name in study["scenario"].values:
            if self._stack is None or self._stack.domain != domain:
                self._stack = Stack(study, domain)
                self._chart.objects = [self._stack.framed.panel]
            key, largest = self._stack.show(study, name, year)
            self._key.object = element("app.key", steps=key)
            self._note.object = element("app.paragraph", text=largest)


class Economy(_OfScenario):
    """One economy's story: who was chosen in one run, and why, term by term."""

    title, follows = "One country", False

    def __init__(self, desk: Desk, ask: Callable[..., None]) -> None:
        super().__init__()
        self._ask = ask
        countries = country_options(desk.world)
        usual = usual_question(desk)
        self.country = pn.widgets.Select(
            label="Economy", options=countries, value=usual["country"], min_width=200
        )
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        # without ends of their own: what there is no explanation of is refused as `lockin explain` refuses it
        self.year = pn.widgets.IntInput(label="Year", value=usual["year"], width=100)
        self.run = pn.widgets.IntInput(label="Run", value=0, width=100)
        self.button = button("Why?", self.ask, first=True)
        self._story, self._about = html(), dict[str, Any]()
        parts = (self.scenario, self.country, self.domain, self.year, self.run, self.button)
        self.panel = pn.Column(abreast(*parts, align="end"), self._story, **WIDE)
        for control in parts[:-1]:
            control.param.watch(lambda event: self._compare(), "value")

    def _set(self) -> dict[str, Any]:
        """What is set."""
        return {
            "scenario": self.chosen, "country": self.country.value, "domain": self.domain.value,
            "year": self.year.value, "run": self.run.value,
        }  # fmt: skip

    def ask(self) -> None:
        """Ask for the story."""
        self._about = self._set()
        fade(self._story, False)
        text = f"Simulating this run and {Story.counted} others up to {self.year.value} ..."
        self._story.object = element("app.state", text=text)
        self._ask(**self._about)

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """A story of a policy that was changed is no longer about what is set."""
        super().offer(scenarios)
        self._compare()

    def _compare(self) -> None:
        """Fade what is said of other settings than those that are now set."""
        if self._about and self.scenarios:
            fade(self._story, self._about != self._set())

    def take(self, new: set[str], session: Session) -> None:
        """Show the story once it is there."""
        if "story" in new:
            _, table = session.found["story"]
            self._story.object = element("app.story", table=table)
        elif "said" in new:
            self._story.object = ""


class Chain(_OfScenario):
    """The chain from first mover to standard, link by link."""

    title, follows = "From first mover to standard", False

    def __init__(self, desk: Desk, follow: Callable[[Scenario], None]) -> None:
        super().__init__(label="Under")
        self._follow = follow
        self.button = button("Follow the chain", self.ask, first=True)
        self._state, self._said, self._links = html(element("app.about_chain")), html(), Links()
        self._year, self._about = MIDDLE, ""
        self._under: Scenario | None = None
        self.scenario.param.watch(lambda event: self._compare(), "value")
        self._chain: xr.Dataset | None = None
        self._drawn = pn.Column(self._links.framed.panel, self._said, margin=0, visible=False, **WIDE)
        parts = (abreast(self.scenario, self.button, align="end"), self._state, self._drawn)
        self.panel = pn.Column(*parts, **WIDE)

    def ask(self) -> None:
        """Begin to follow it."""
        self._under = self.chosen
        fade(self._drawn)
        self._follow(self.chosen)

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """The chain under a policy that was changed is no longer about what is set."""
        super().offer(scenarios)
        self._compare()

    def _compare(self) -> None:
        """Fade the chain under another scenario than the one that is now set."""
        if self._chain is not None and self.scenarios:
            fade(self._drawn, self._under != self.chosen)

    def take(self, new: set[str], session: Session) -> None:
        """Show how far the worlds are, and what is known of the links."""
        stream = session.linked
        if stream is None:
            return
        if stream.runs:
            text = f"{stream.runs} of {stream.most} runs of {count(len(stream.cases), 'world')}."
        else:
            text = f"Simulating {len(stream.cases)} worlds: {stream.begun} of {len(stream.cases)} done."
        if text != self._about:
            self._about = text
            self._state.object = element("app.state", text=text)
        if "chain" in new:
            self._chain = session.chain()
            self._draw(self._chain)

    def _draw(self, chain: xr.Dataset) -> None:
        """Draw the links of the year that is looked at, and say the answer."""
        text = f"Percentage points in {self._year}, with 95 % intervals of the mean. Pale: it includes zero."
        self._links.show(links(chain, self._year), text)
        self._said.object = element("app.chain", note=text, answer=chain_answer(chain, year=self._year))
        self._drawn.visible = True
        self._compare()

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The links of another year."""
        if year != self._year:
            self._year = year
            if self._chain is not None:
                self._draw(self._chain)
