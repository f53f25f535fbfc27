"""Build the answer and the panes of the app, one pane for each view of the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import panel as pn

from lockin_sim.app.address import AddressedControl
from lockin_sim.app.charts import (
    EconomyMap,
    EffectsChart,
    VendorStackChart,
    build_change_legend,
    build_level_legend,
)
from lockin_sim.app.controls import build_country_options, build_domain_options, build_options
from lockin_sim.app.economy import EconomyView
from lockin_sim.app.measured import EVERY, OF_GROUPS, PLACES, VENDORS, find_page_headline, list_page_regions
from lockin_sim.app.parts import WIDE, build_flow_row, build_html_pane
from lockin_sim.app.session import Session, SharedContext
from lockin_sim.common.conventions import MIDDLE
from lockin_sim.common.findings import Finding, get_range_name
from lockin_sim.common.formats import located, opening
from lockin_sim.common.prose import render_element
from lockin_sim.comparisons.by_group import ACTOR
from lockin_sim.comparisons.effects_reader import (
    format_subject,
    get_run_uncertainty,
    read_study_finding,
)
from lockin_sim.comparisons.measured_places import (
    format_place,
    list_mapped_domains,
    outcomes,
    replace_place,
    select_headlines,
    select_outcomes,
)
from lockin_sim.pages.evidence import PRICE, USD_BN, UTILITY, Evidence, known, unit_in
from lockin_sim.pages.record_parts import misfit
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import OF_THOUGHT, get_scenario_label, is_marked_thought_experiment
from lockin_sim.world import World
from lockin_sim.world.names import format_group, format_label, get_sponsor_adjective
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED, recorded_layers, recorded_networks

if TYPE_CHECKING:
    pass

#: What is set side by side beside headlines and goals, by name of an outcome.
OUTCOMES = ("price_paid",)


def render_answers(evidence: Evidence, outcome: str, year: int, *, guessed: bool = False) -> str:
    """Render the effects of every policy in a year as HTML.

    guessed  whether to show levels as ranges alone
    """
    return render_element("app.answers", **_build_template_values(evidence, outcome, year), guessed=guessed)


def render_reasons(evidence: Evidence, outcome: str, year: int) -> str:
    """Render as HTML what every policy costs each payer, what decides, and how certain its effect is."""
    return render_element("app.reasons", **_build_template_values(evidence, outcome, year))


def _build_template_values(evidence: Evidence, outcome: str, year: int) -> dict[str, Any]:
    """Build the values of the templates of :func:`render_answers` and :func:`render_reasons`, by name."""
    policies = [
        (
            evidence.paid(policy, outcome, year),
            evidence.named(policy),
            OF_THOUGHT if is_marked_thought_experiment(policy, evidence.effects) else "",
            get_scenario_label(evidence.effects, "scenario_assumption", policy),
        )
        for policy in evidence.policies
    ]
    base = evidence.standing(outcome, year)
    today = evidence.today(outcome)
    about = {"base": base, "today": today, "year": year, "misfit": misfit()}
    return {"e": evidence, "policies": policies} | about


def build_comparison_rows(
    evidence: Evidence, outcome: str, year: int
) -> list[tuple[str, str, list[Finding]]]:
    """Build the rows of the comparison table: title, unit and the finding of every policy.

    The selected outcome comes first, then headlines, goals, prices, groups of markets and public costs.
    """
    goals = (goal.outcome for goal in evidence.case.goals)
    names = dict.fromkeys([outcome, *evidence.headlines, *goals, *OUTCOMES])
    rows = []
    for name in known(list(names), evidence.effects, "outcome"):
        cells = [evidence.finding(policy, name, year) for policy in evidence.policies]
        rows.append((format_subject(evidence.label(name)).rstrip(","), evidence.unit(name).short, cells))
    groups, costs = evidence.study("by_group"), evidence.study("public_cost")
    for name, group in OF_GROUPS:
        if groups is None or not known([name], groups, "measure") or not known([group], groups, "group"):
            continue
        unit = unit_in(groups, name, "measure")
        at: dict[str, Any] = {"measure": name, "group": group, "year": year}
        cells = [read_study_finding(groups, unit, scenario=policy, **at) for policy in evidence.policies]
        if unit == UTILITY:
            cells = [finding.scaled(100 / evidence.price_weight, PRICE) for finding in cells]
        title = opening(str(groups["measure_label"].sel(measure=name).item()))
        rows.append((f"{title}, {format_group(group)}", cells[0].unit.short, cells))
    if costs is not None:
        whose = opening(evidence.payer)
        for payer, title in ((ACTOR, f"{whose} and its buyers pay"), ("governments", "All governments pay")):
            cells = [evidence.bill(costs, policy, payer, year) for policy in evidence.policies]
            rows.append((f"{title}, in all until {year}", USD_BN.short, cells))
    return rows


class Pane:
    """Base class of the content of a tab; its hooks do nothing by default.

    changed  callback for a new value of one of the pane's controls
    """

    title = ""
    drawn: Any = None  # what follows the runs, and not what somebody asks for

    def __init__(self, *controls: Any, changed: Callable[[], None] = lambda: None) -> None:
        self.scenarios: dict[str, Scenario] = {}
        self.settings: dict[str, AddressedControl] = {}  # by name in the address, in the order to set them in
        for control in controls:
            control.param.watch(lambda event: changed(), "value")

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Store the scenarios that are compared from now on, the baseline first."""

    def unsettle(self) -> None:
        """Note that the policies set now are not compared, or not yet."""

    def turn(self, year: int) -> None:
        """Store the selected year."""

    def follow(self, outcome: str, place: str) -> None:
        """Adopt the outcome and the place that the visitor selected."""

    def take(self, new: set[str], session: Session) -> None:
        """Show newly arrived results of this pane's own requests; ``new`` holds the kinds of results."""

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw the evidence; called while this pane is in view."""


def list_selectable_places(world: World) -> dict[str, str]:
    """List the places that a visitor can select, by their names: places of headlines, regions, economies.

    A single place "" if the world has no headline to show in any place.
    """
    if not (first := find_page_headline(world)):
        return {"": ""}
    headed = [
        o.place
        for name, o in select_outcomes(world, select_headlines(world)).items()
        if replace_place(name, "") == replace_place(first, "")
    ]
    named = {
        opening(format_place(place)): place for place in dict.fromkeys([*headed, *list_page_regions(world)])
    }
    return named | build_country_options(world)


def list_selectable_outcomes(world: World) -> dict[str, str]:
    """List outcomes by label, the page's headline first and without its place in the label.

    Outcomes that are the headline in another place are left out.
    """
    known, first = outcomes(world), find_page_headline(world)
    labels = {
        name: each.label
        for name, each in known.items()
        if replace_place(name, "") != replace_place(first, "")
    }
    if first:
        where = located(format_place(known[first].place))
        labels = {first: known[first].label.removesuffix(f" {where}")} | labels
    return {opening(label): name for name, label in labels.items()}


def is_guess(world: World, outcome: str) -> bool:
    """Whether an outcome is about an economy without any record in the domain of the outcome."""
    place = parse_place(outcome)
    if place not in world.countries or not len(world.lots.domain):
        return False
    labels = outcome.partition("[")[2].rstrip("]").split(",")[1:]
    named = {world.domains.index(label.strip()) for label in labels if label.strip() in world.domains}
    if not named <= set(recorded_layers(world)):
        return True
    return recorded_networks(world)[world.countries.index(place)].word == NOT_RECORDED


class Overview(Pane):
    """Effects over the years in the selected place, and facts on that economy.

    Its controls choose place, measure and year of the whole page.
    """

    title = "Your country or region"

    def __init__(
        self,
        desk: SharedContext,
        changed: Callable[[], None],
        moved: Callable[[], None],
        ask: Callable[..., bool],
    ) -> None:
        """Build the pane.

        moved  callback for every move of the year slider, which may go on;  ask  requests runs of an economy
        """
        first, last = desk.years
        self._anywhere = find_page_headline(desk.world)
        self.where = pn.widgets.Select(
            label="Your country or region",
            options=list_selectable_places(desk.world),
            visible=bool(self._anywhere),
            **WIDE,
        )
        self.measure = pn.widgets.Select(
            label="What matters to you", options=list_selectable_outcomes(desk.world), **WIDE
        )
        self.year = pn.widgets.IntSlider(
            label="Year", start=first, end=last, value=min(MIDDLE, last), format="0", **WIDE
        )
        self.goal = pn.widgets.FloatInput(label="Your goal, change", value=None, **WIDE)
        super().__init__(self.where, self.measure, self.goal, changed=changed)
        self.measure.param.watch(lambda event: self._reset_goal(), "value")
        self.year.param.watch(lambda event: moved(), "value")
        self.settings = {
            name: AddressedControl.of(getattr(self, name)) for name in ("where", "measure", "year", "goal")
        }  # a goal is of its measure
        self.controls = build_flow_row(
            pn.Column(self.measure, min_width=260, styles={"flex": "4"}),
            pn.Column(self.goal, min_width=120, styles={"flex": "1"}),
            pn.Column(self.year, min_width=120, styles={"flex": "1.5"}),
        )
        self._chart, self._here = EffectsChart(), EconomyView(desk, ask)
        self.drawn = self._chart.framed.panel
        self.panel = pn.Column(self.drawn, self._here.panel, margin=0, **WIDE)

    def name_goal(self, evidence: Evidence) -> None:
        """Show the unit of the selected measure in the label of the goal."""
        self.goal.label = f"Your goal, {evidence.unit(str(self.measure.value)).short or 'change'}"

    def _reset_goal(self) -> None:
        """Clear the goal, which belongs to the former measure, and enable the place only for the headline."""
        self.goal.value = None
        self.where.disabled = self.measure.value != self._anywhere

    def chosen(self) -> tuple[str, int]:
        """Return the name of the selected outcome, in the selected place, and the year."""
        outcome = str(self.measure.value)
        if outcome == self._anywhere:
            outcome = replace_place(outcome, str(self.where.value))
        return outcome, int(self.year.value or 0)

    def turn(self, year: int) -> None:
        """Select place and year for the text on the economy."""
        self._here.look(str(self.where.value), year)

    def take(self, new: set[str], session: Session) -> None:
        """Update the text on the economy."""
        self._here.take(new, session)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw the effects of all policies over the years."""
        self._chart.show(evidence, outcome, year, self.goal.value)


class ComparisonPane(Pane):
    """Table of policies side by side."""

    title = "Side by side"

    def __init__(self) -> None:
        super().__init__()
        self._table = build_html_pane()
        self.panel = self.drawn = pn.Column(self._table, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Fill the table for the selected year."""
        titles = [evidence.marked(policy) for policy in evidence.policies]
        rows = build_comparison_rows(evidence, outcome, year)
        self._table.object = render_element("app.comparison", titles=titles, rows=rows)


class ScenarioPane(Pane):
    """Base class of panes that show one scenario at a time.

    key  prefix of the names of the pane's settings in the address
    """

    key = ""

    def __init__(
        self, *controls: Any, label: str = "Policy", changed: Callable[[], None] = lambda: None
    ) -> None:
        self.scenario = pn.widgets.Select(label=label, options={}, width=230)
        super().__init__(self.scenario, *controls, changed=changed)
        self._register_setting("policy", self.scenario, self._get_default_scenario)

    def _register_setting(self, name: str, control: Any, usual: Callable[[], Any] | None = None) -> None:
        """Let the address hold the value of a control, unless this equals the value of ``usual()``."""
        self.settings[f"{self.key}_{name}"] = AddressedControl.of(control, usual)

    def _get_default_scenario(self) -> str:
        """Return the name of the scenario shown at first: the first policy, or else the baseline."""
        return list(self.scenarios)[min(1, len(self.scenarios) - 1)]

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Set the scenarios to choose from; select the first policy if the former choice is gone."""
        alone = len(self.scenarios) < 2
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        names = build_options(self.scenarios, lambda name: self.scenarios[name].called)
        stays = self.scenario.value in names.values() and not alone
        value = self.scenario.value if stays else self._get_default_scenario()
        self.scenario.param.update(options=names, value=value)

    @property
    def chosen(self) -> Scenario:
        """The selected scenario."""
        return self.scenarios[self.scenario.value]


#: Said where only runs that are not there yet tell.
NOT_YET = "This is drawn once runs of this page's own have arrived."


def parse_place(outcome: str) -> str:
    """Return the place in the name of an outcome; "" for the world."""
    return outcome.partition("[")[2].rstrip("]").partition(",")[0]


def list_place_economies(world: World, place: str) -> list[str]:
    """List the codes of the economies of a place.

    An economy yields itself, a group its members; the world and the median yield an empty list.
    """
    if place in world.countries:
        return [place]
    if place not in world.group_names:
        return []
    inside = world.group_masks[world.group_names.index(place)].any(axis=0)
    return [world.countries[at] for at in np.flatnonzero(inside)]


class MapPane(ScenarioPane):
    """Map of a sponsor's share of each economy's equipment, or its change by a policy, every few years."""

    title, key = "Map", "map"

    def __init__(self, desk: SharedContext, changed: Callable[[], None]) -> None:
        self._first, self._world = desk.years[0], desk.world
        whose = {f"{opening(get_sponsor_adjective(s))} vendors": s for s in desk.world.case.sponsors}
        self.sponsor = pn.widgets.Select(label="Whose vendors", options=whose, width=190)
        layers = {
            opening(format_label("domain", domain)): domain for domain in list_mapped_domains(desk.world)
        }
        self.domain = pn.widgets.Select(label="In", options=layers, width=190)
        self.what = pn.widgets.RadioButtonGroup(
            label="What", options={"Change by the policy": "change", "Share": "share"}, value="change"
        )
        super().__init__(self.sponsor, self.domain, self.what, changed=changed)
        self._register_setting("vendors", self.sponsor)
        self._register_setting("domain", self.domain)
        self._register_setting("shows", self.what)
        self._map = EconomyMap(list(desk.world.countries))
        self._key, self._note = build_html_pane(), build_html_pane()
        self.panel = self.drawn = pn.Column(
            build_flow_row(self.scenario, self.sponsor, self.domain, self.what, align="end"),
            self._note,
            self._key,
            self._map.framed.panel,
            **WIDE,
        )

    def follow(self, outcome: str, place: str) -> None:
        """Select the sponsor and the domain of an outcome, if there is a map of them."""
        chosen = select_outcomes(self._world, [outcome])[outcome]
        domain = outcome.rstrip("]").rpartition(",")[2]
        if chosen.member in self.sponsor.options.values():
            self.sponsor.value = chosen.member
        if domain in self.domain.options.values():
            self.domain.value = domain

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw the map of the nearest year that is kept, with its legend and a note."""
        study, name, domain = evidence.studies[PLACES], self.chosen.name, str(self.domain.value)
        there = name in study["scenario"].values and domain in study["domain"].values
        self._map.framed.panel.visible = self._key.visible = there
        if not there:
            self._note.object = render_element("app.paragraph", text=NOT_YET)
            return
        study = study.sel(domain=domain)
        sponsor, changes = str(self.sponsor.value), self.what.value == "change"
        near = self._first + EVERY * round((year - self._first) / EVERY)
        ranges, nobody = (
            get_range_name(get_run_uncertainty(evidence.effects)),
            "its networks are not recorded",
        )
        vendors = (
            f"{get_sponsor_adjective(sponsor)} vendors' part of each economy's "
            f"{format_label('domain', domain)}"
        )
        if changes:
            steps = build_change_legend(self._map.show_changes(study, name, sponsor, near))
            about = f"{evidence.named(name)} changes about {vendors} by {near}"
            said = f"What {about}: points on average, with the range of {ranges}."
        else:
            self._map.show_levels(study, name, sponsor, near)
            steps, said = build_level_legend(sponsor), f"{vendors} in {near}, under {evidence.named(name)}."
            nobody += f", so that the range of {ranges} is shown"
        self._key.object = render_element("app.key", steps=steps)
        recorded = f" Horizontal lines: {nobody}." if COUNTRY_RECORD in study.coords else ""
        here = self._map.outline(list_place_economies(self._world, parse_place(outcome)))
        text = f"{opening(said)} {here} Point at another economy for its number.{recorded}"
        self._note.object = render_element("app.paragraph", text=text)


class VendorsPane(ScenarioPane):
    """Chart of the shares of all vendors in a domain over the years."""

    title, key = "Vendors", "vendors"

    def __init__(self, desk: SharedContext, changed: Callable[[], None]) -> None:
        self.domain = pn.widgets.Select(
            label="Technology", options=build_domain_options(desk.world), min_width=200
        )
        super().__init__(self.domain, changed=changed)
        self._register_setting("technology", self.domain)
        self._stack: VendorStackChart | None = None
        self._chart, self._note, self._key = pn.Column(margin=0, **WIDE), build_html_pane(), build_html_pane()
        parts = (build_flow_row(self.scenario, self.domain), self._note, self._chart, self._key)
        self.panel = self.drawn = pn.Column(*parts, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw the shares of all vendors of the selected domain."""
        study, domain, name = evidence.studies[VENDORS], str(self.domain.value), self.chosen.name
        there = name in study["scenario"].values and domain in study["domain"].values
        self._chart.visible = self._key.visible = there
        if not there:
            self._note.object = render_element("app.paragraph", text=NOT_YET)
        else:
            if self._stack is None or self._stack.domain != domain:
                self._stack = VendorStackChart(study, domain)
                self._chart.objects = [self._stack.framed.panel]
            key, largest = self._stack.show(study, name, year)
            self._key.object = render_element("app.key", steps=key)
            self._note.object = render_element("app.paragraph", text=largest)
