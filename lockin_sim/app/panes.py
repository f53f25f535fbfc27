"""The answer, and a pane for each view of what the runs show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import panel as pn

from lockin_sim.app.address import AddressedControl
from lockin_sim.app.charts import EffectsChart, Links, Map, Stack, key_of_changes, key_of_levels
from lockin_sim.app.controls import by_title, country_options, domain_options
from lockin_sim.app.economy import EconomyView
from lockin_sim.app.measured import EVERY, OF_GROUPS, PLACES, VENDORS, anywhere, regions_of
from lockin_sim.app.parts import WIDE, abreast, button, html
from lockin_sim.app.session import Desk, Session, usual_question
from lockin_sim.app.workers import COUNTED
from lockin_sim.common.conventions import MIDDLE
from lockin_sim.common.findings import Finding, range_name
from lockin_sim.common.formats import count, located, opening
from lockin_sim.common.prose import element
from lockin_sim.comparisons.by_group import ACTOR
from lockin_sim.comparisons.effects_reader import estimate, futures_or_runs, read, subject
from lockin_sim.comparisons.measured_places import headlines, mapped, outcomes, place_name, placed_at, select
from lockin_sim.pages.evidence import PRICE, USD_BN, UTILITY, Evidence, known, unit_in
from lockin_sim.pages.plots.standards import STEPS
from lockin_sim.pages.record_parts import misfit
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import OF_THOUGHT, is_thought, label_of
from lockin_sim.studies.chain_answer import answer as chain_answer
from lockin_sim.studies.chain_answer import group_in
from lockin_sim.world import World
from lockin_sim.world.names import adjective, group_name, name_of
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED, recorded_layers, recorded_networks

if TYPE_CHECKING:
    import xarray as xr

#: What is set side by side beside headlines and goals, by name of an outcome.
OUTCOMES = ("price_paid",)


def answers(evidence: Evidence, outcome: str, year: int, *, guessed: bool = False) -> str:
    """What every policy changes in a year, as HTML.  guessed: whether levels are shown as ranges alone"""
    return element("app.answers", **_said(evidence, outcome, year), guessed=guessed)


def reasons(evidence: Evidence, outcome: str, year: int) -> str:
    """What every policy costs whom, what decides, and how sure its answer is, as HTML."""
    return element("app.reasons", **_said(evidence, outcome, year))


def _said(evidence: Evidence, outcome: str, year: int) -> dict[str, Any]:
    """What both are made of."""
    policies = [
        (
            evidence.paid(policy, outcome, year),
            evidence.named(policy),
            OF_THOUGHT if is_thought(policy, evidence.effects) else "",
            label_of(evidence.effects, "scenario_assumption", policy),
        )
        for policy in evidence.policies
    ]
    base = evidence.standing(outcome, year)
    today = evidence.today(outcome)
    about = {"base": base, "today": today, "year": year, "misfit": misfit()}
    return {"e": evidence, "policies": policies} | about


def side_by_side(evidence: Evidence, outcome: str, year: int) -> list[tuple[str, str, list[Finding]]]:
    """Title, unit and what every policy changes, the chosen outcome first, then prices."""
    goals = (goal.outcome for goal in evidence.case.goals)
    names = dict.fromkeys([outcome, *evidence.headlines, *goals, *OUTCOMES])
    rows = []
    for name in known(list(names), evidence.effects, "outcome"):
        cells = [evidence.finding(policy, name, year) for policy in evidence.policies]
        rows.append((subject(evidence.label(name)).rstrip(","), evidence.unit(name).short, cells))
    groups, costs = evidence.study("by_group"), evidence.study("public_cost")
    for name, group in OF_GROUPS:
        if groups is None or not known([name], groups, "measure") or not known([group], groups, "group"):
            continue
        unit = unit_in(groups, name, "measure")
        at: dict[str, Any] = {"measure": name, "group": group, "year": year}
        cells = [read(groups, unit, scenario=policy, **at) for policy in evidence.policies]
        if unit == UTILITY:
            cells = [finding.scaled(100 / evidence.price_weight, PRICE) for finding in cells]
        title = opening(str(groups["measure_label"].sel(measure=name).item()))
        rows.append((f"{title}, {group_name(group)}", cells[0].unit.short, cells))
    if costs is not None:
        whose = opening(evidence.payer)
        for payer, title in ((ACTOR, f"{whose} and its buyers pay"), ("governments", "All governments pay")):
            cells = [evidence.bill(costs, policy, payer, year) for policy in evidence.policies]
            rows.append((f"{title}, in all until {year}", USD_BN.short, cells))
    return rows


def links(chain: xr.Dataset, year: int) -> list[tuple[str, Finding]]:
    """What is left of the lead at every step from first mover to standard, by its title."""
    place = group_in(chain, None)
    bodies = [str(p) for p in chain["place"].values][int(chain.attrs["groups"])]
    first, alternative = int(chain["year"].values[0]), str(chain["alternative"].values[0])
    labels = chain["quantity_label"]
    titles = [("base", f"The lead, given in {first}", first)]
    titles += [(name, opening(str(labels.sel(quantity=name).item())), year) for name in STEPS]
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
    drawn: Any = None  # what follows the runs, and not what somebody asks for

    def __init__(self, *controls: Any, changed: Callable[[], None] = lambda: None) -> None:
        self.scenarios: dict[str, Scenario] = {}
        self.settings: dict[str, AddressedControl] = {}  # by name in the address, in the order to set them in
        for control in controls:
            control.param.watch(lambda event: changed(), "value")

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Take note of what is compared from now on, the baseline first."""

    def unsettle(self) -> None:
        """Take note that policies are set that are not, or not yet, compared."""

    def turn(self, year: int) -> None:
        """Note the selected year."""

    def follow(self, outcome: str, place: str) -> None:
        """Take note of the outcome and the place that somebody turned to."""

    def take(self, new: set[str], session: Session) -> None:
        """Show what has arrived that is this pane's own."""

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Draw what is known; called while this pane is in view."""


def places_of(world: World) -> dict[str, str]:
    """Where somebody can look: where headlines do, in other regions, in any economy; by what people read."""
    if not (first := anywhere(world)):
        return {"": ""}
    headed = [
        o.place
        for name, o in select(world, headlines(world)).items()
        if placed_at(name, "") == placed_at(first, "")
    ]
    named = {opening(place_name(place)): place for place in dict.fromkeys([*headed, *regions_of(world)])}
    return named | country_options(world)


def measures_of(world: World) -> dict[str, str]:
    """Outcomes by their labels, the first without its place if it can be read of any."""
    known, first = outcomes(world), anywhere(world)
    labels = {name: each.label for name, each in known.items() if placed_at(name, "") != placed_at(first, "")}
    if first:
        where = located(place_name(known[first].place))
        labels = {first: known[first].label.removesuffix(f" {where}")} | labels
    return {opening(label): name for name, label in labels.items()}


def is_guess(world: World, outcome: str) -> bool:
    """Whether an outcome is of an economy, in a domain in which nothing is on record of it."""
    place = place_in(outcome)
    if place not in world.countries or not len(world.lots.domain):
        return False
    labels = outcome.partition("[")[2].rstrip("]").split(",")[1:]
    named = {world.domains.index(label.strip()) for label in labels if label.strip() in world.domains}
    if not named <= set(recorded_layers(world)):
        return True
    return recorded_networks(world)[world.countries.index(place)].word == NOT_RECORDED


class Overview(Pane):
    """Effects over the years where somebody looks, and what is known of that economy; its controls choose
    place, measure and year of the whole page."""

    title = "Your country or region"

    def __init__(
        self, desk: Desk, changed: Callable[[], None], moved: Callable[[], None], ask: Callable[..., bool]
    ) -> None:
        """moved is called whenever the year moves: it may still be moving;  ask  for runs of an economy"""
        first, last = desk.years
        self._anywhere = anywhere(desk.world)
        self.where = pn.widgets.Select(
            label="Your country or region", options=places_of(desk.world), visible=bool(self._anywhere),
            **WIDE,
        )  # fmt: skip
        self.measure = pn.widgets.Select(label="What matters to you", options=measures_of(desk.world), **WIDE)
        self.year = pn.widgets.IntSlider(
            label="Year", start=first, end=last, value=min(MIDDLE, last), format="0", **WIDE
        )
        self.goal = pn.widgets.FloatInput(label="Your goal, change", value=None, **WIDE)
        super().__init__(self.where, self.measure, self.goal, changed=changed)
        self.measure.param.watch(lambda event: self._measured(), "value")
        self.year.param.watch(lambda event: moved(), "value")
        self.settings = {
            name: AddressedControl.of(getattr(self, name)) for name in ("where", "measure", "year", "goal")
        }  # a goal is of its measure
        self.controls = abreast(
            pn.Column(self.measure, min_width=260, styles={"flex": "4"}),
            pn.Column(self.goal, min_width=120, styles={"flex": "1"}),
            pn.Column(self.year, min_width=120, styles={"flex": "1.5"}),
        )
        self._chart, self._here = EffectsChart(), EconomyView(desk, ask)
        self.drawn = self._chart.framed.panel
        self.panel = pn.Column(self.drawn, self._here.panel, margin=0, **WIDE)

    def name_goal(self, evidence: Evidence) -> None:
        """Say in which unit a goal for the measure is, whichever view is open."""
        self.goal.label = f"Your goal, {evidence.unit(str(self.measure.value)).short or 'change'}"

    def _measured(self) -> None:
        """A goal is of its measure, and not every measure is one of any place."""
        self.goal.value = None
        self.where.disabled = self.measure.value != self._anywhere

    def chosen(self) -> tuple[str, int]:
        """The selected outcome and year."""
        outcome = str(self.measure.value)
        if outcome == self._anywhere:
            outcome = placed_at(outcome, str(self.where.value))
        return outcome, int(self.year.value or 0)

    def turn(self, year: int) -> None:
        """The text on the economy is about that year."""
        self._here.look(str(self.where.value), year)

    def take(self, new: set[str], session: Session) -> None:
        """Show what is known of the economy."""
        self._here.take(new, session)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Effects of all policies over the years."""
        self._chart.show(evidence, outcome, year, self.goal.value)


class Compared(Pane):
    """Policies side by side, in numbers."""

    title = "Side by side"

    def __init__(self) -> None:
        super().__init__()
        self._table = html()
        self.panel = self.drawn = pn.Column(self._table, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The table of that year."""
        titles = [evidence.marked(policy) for policy in evidence.policies]
        rows = side_by_side(evidence, outcome, year)
        self._table.object = element("app.comparison", titles=titles, rows=rows)


class _OfScenario(Pane):
    """A pane that shows one of the scenarios at a time.

    key  begins the names of its settings in the address
    """

    key = ""

    def __init__(
        self, *controls: Any, label: str = "Policy", changed: Callable[[], None] = lambda: None
    ) -> None:
        self.scenario = pn.widgets.Select(label=label, options={}, width=230)
        super().__init__(self.scenario, *controls, changed=changed)
        self._set_out("policy", self.scenario, self._first_policy)

    def _set_out(self, name: str, control: Any, usual: Callable[[], Any] | None = None) -> None:
        """Let the address hold what a control is set to."""
        self.settings[f"{self.key}_{name}"] = AddressedControl.of(control, usual)

    def _first_policy(self) -> str:
        """Whom it shows at first: the first policy, beside which the baseline stands."""
        return list(self.scenarios)[min(1, len(self.scenarios) - 1)]

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Let any of them be chosen; the first policy if the one that was is gone."""
        alone = len(self.scenarios) < 2
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        names = by_title(self.scenarios, lambda name: self.scenarios[name].called)
        stays = self.scenario.value in names.values() and not alone
        value = self.scenario.value if stays else self._first_policy()
        self.scenario.param.update(options=names, value=value)

    @property
    def chosen(self) -> Scenario:
        """The selected scenario."""
        return self.scenarios[self.scenario.value]


#: Said where only runs that are not there yet tell.
NOT_YET = "This is drawn once runs of this page's own have arrived."


def place_in(outcome: str) -> str:
    """The place in the name of an outcome; "" for the world."""
    return outcome.partition("[")[2].rstrip("]").partition(",")[0]


def economies_in(world: World, place: str) -> list[str]:
    """Codes of the economies of a place: itself, those of a group, none of the world or the median."""
    if place in world.countries:
        return [place]
    if place not in world.group_names:
        return []
    inside = world.group_masks[world.group_names.index(place)].any(axis=0)
    return [world.countries[at] for at in np.flatnonzero(inside)]


class MapPane(_OfScenario):
    """Whose vendors economies use, and what a policy changes, every few years."""

    title, key = "Map", "map"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self._first, self._world = desk.years[0], desk.world
        whose = {f"{opening(adjective(s))} vendors": s for s in desk.world.case.sponsors}
        self.sponsor = pn.widgets.Select(label="Whose vendors", options=whose, width=190)
        layers = {opening(name_of("domain", domain)): domain for domain in mapped(desk.world)}
        self.domain = pn.widgets.Select(label="In", options=layers, width=190)
        self.what = pn.widgets.RadioButtonGroup(
            label="What", options={"Change by the policy": "change", "Share": "share"}, value="change"
        )
        super().__init__(self.sponsor, self.domain, self.what, changed=changed)
        self._set_out("vendors", self.sponsor)
        self._set_out("domain", self.domain)
        self._set_out("shows", self.what)
        self._map = Map(list(desk.world.countries))
        self._key, self._note = html(), html()
        self.panel = self.drawn = pn.Column(
            abreast(self.scenario, self.sponsor, self.domain, self.what, align="end"),
            self._note, self._key, self._map.framed.panel, **WIDE,
        )  # fmt: skip

    def follow(self, outcome: str, place: str) -> None:
        """The map of that outcome's vendors and domain, if there is one."""
        chosen = select(self._world, [outcome])[outcome]
        domain = outcome.rstrip("]").rpartition(",")[2]
        if chosen.member in self.sponsor.options.values():
            self.sponsor.value = chosen.member
        if domain in self.domain.options.values():
            self.domain.value = domain

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The map of the nearest year that is kept."""
        study, name, domain = evidence.studies[PLACES], self.chosen.name, str(self.domain.value)
        there = name in study["scenario"].values and domain in study["domain"].values
        self._map.framed.panel.visible = self._key.visible = there
        if not there:
            self._note.object = element("app.paragraph", text=NOT_YET)
            return
        study = study.sel(domain=domain)
        sponsor, changes = str(self.sponsor.value), self.what.value == "change"
        near = self._first + EVERY * round((year - self._first) / EVERY)
        ranges, nobody = range_name(futures_or_runs(evidence.effects)), "its networks are not recorded"
        vendors = f"{adjective(sponsor)} vendors' part of each economy's {name_of('domain', domain)}"
        if changes:
            steps = key_of_changes(self._map.show_changes(study, name, sponsor, near))
            about = f"{evidence.named(name)} changes about {vendors} by {near}"
            said = f"What {about}: points on average, with the range of {ranges}."
        else:
            self._map.show_levels(study, name, sponsor, near)
            steps, said = key_of_levels(sponsor), f"{vendors} in {near}, under {evidence.named(name)}."
            nobody += f", so that the range of {ranges} is shown"
        self._key.object = element("app.key", steps=steps)
        recorded = f" Horizontal lines: {nobody}." if COUNTRY_RECORD in study.coords else ""
        here = self._map.outline(economies_in(self._world, place_in(outcome)))
        text = f"{opening(said)} {here} Point at another economy for its number.{recorded}"
        self._note.object = element("app.paragraph", text=text)


class Vendors(_OfScenario):
    """Whose equipment is in use in a domain, over the years."""

    title, key = "Vendors", "vendors"

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        super().__init__(self.domain, changed=changed)
        self._set_out("technology", self.domain)
        self._stack: Stack | None = None
        self._chart, self._note, self._key = pn.Column(margin=0, **WIDE), html(), html()
        parts = (abreast(self.scenario, self.domain), self._note, self._chart, self._key)
        self.panel = self.drawn = pn.Column(*parts, **WIDE)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """Shares of all vendors of the domain."""
        study, domain, name = evidence.studies[VENDORS], str(self.domain.value), self.chosen.name
        there = name in study["scenario"].values and domain in study["domain"].values
        self._chart.visible = self._key.visible = there
        if not there:
            self._note.object = element("app.paragraph", text=NOT_YET)
        else:
            if self._stack is None or self._stack.domain != domain:
                self._stack = Stack(study, domain)
                self._chart.objects = [self._stack.framed.panel]
            key, largest = self._stack.show(study, name, year)
            self._key.object = element("app.key", steps=key)
            self._note.object = element("app.paragraph", text=largest)


class _OnRequest(_OfScenario):
    """A pane of what somebody asks for.

    Nothing takes an answer's place before they ask again: it is hidden while something else is set than it is
    about, and back once that is set again.

    asks   what the button says;  intro  what stands where no answer does
    ask    asks for what is set, and returns whether it could
    about  further controls that set what is asked, by the name of what they set
    """

    def __init__(
        self, asks: str, ask: Callable[..., bool], *, intro: str = "", label: str = "Policy", **about: Any
    ) -> None:
        super().__init__(label=label)
        self._ask, self._controls = ask, about
        self.button = button(asks, self.ask, first=True)
        self._settled, self._about = True, dict[str, Any]()
        self._state, self._intro = html(), html(intro)
        self.answer = pn.Column(self._state, margin=0, visible=False, **WIDE)
        controls = (self.scenario, *about.values())
        for control in controls:
            control.param.watch(lambda event: self._compare(), "value")
        above = abreast(*controls, self.button, align="end")
        self.panel = pn.Column(above, self._intro, self.answer, **WIDE)

    def _set(self) -> dict[str, Any]:
        """What is set."""
        return {"scenario": self.chosen} | {name: each.value for name, each in self._controls.items()}

    def ask(self) -> None:
        """Ask for what is set."""
        about = self._set()
        if self._ask(**about):
            self._about = about
            self._begin()
            self._compare()

    def _begin(self) -> None:
        """Take away the answer before, and say what is done."""

    def _give_up(self) -> None:
        """Answer nothing: it could not be computed."""
        self._about = {}
        self._compare()

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """What is set is what is compared."""
        super().offer(scenarios)
        self._settled = True
        self._compare()

    def unsettle(self) -> None:
        """An answer is about no policy that cannot be, or is not yet, compared."""
        self._settled = False
        self._compare()

    def _compare(self) -> None:
        """Show the answer where it is about what is set."""
        here = self._settled and bool(self._about) and self._about == self._set()
        self.answer.visible, self._intro.visible = here, not here


class EconomyPane(_OnRequest):
    """One economy's story: who was chosen in one run, and why, term by term."""

    title, key = "One choice", "why"

    def __init__(self, desk: Desk, ask: Callable[..., bool]) -> None:
        usual = usual_question(desk)
        self.country = pn.widgets.Select(
            label="Economy", options=country_options(desk.world), value=usual["country"], min_width=200
        )
        self.domain = pn.widgets.Select(label="Technology", options=domain_options(desk.world), min_width=200)
        # without ends of their own: what there is no explanation of is refused as `lockin explain` refuses it
        self.year = pn.widgets.IntInput(label="Year", value=usual["year"], width=100)
        self.run = pn.widgets.IntInput(label="Run", value=0, width=100)
        super().__init__("Why?", ask, country=self.country, domain=self.domain, year=self.year, run=self.run)
        for name, control in self._controls.items():
            self._set_out("technology" if name == "domain" else name, control)

    def follow(self, outcome: str, place: str) -> None:
        """Request runs of the selected economy."""
        if place in self.country.options.values():
            self.country.value = place

    def _begin(self) -> None:
        """Say what is simulated."""
        text = f"Simulating this run and {COUNTED} others up to {self.year.value} ..."
        self._state.object = element("app.state", text=text)

    def take(self, new: set[str], session: Session) -> None:
        """Show the story once it is there."""
        if "story" in new:
            _, table = session.found["story"]
            self._state.object = element("app.story", table=table)
        elif "said" in new and "story" not in session.found and not session.awaits("story"):
            self._give_up()


class ChainPane(_OnRequest):
    """The chain from first mover to standard, link by link."""

    title, key = "From first mover to standard", "chain"

    def __init__(self, desk: Desk, follow: Callable[..., bool]) -> None:
        super().__init__("Follow the chain", follow, intro=element("app.about_chain"), label="Under")
        self._said, self._links = html(), Links()
        self._year, self._text = min(MIDDLE, desk.years[1]), ""
        self._chain: xr.Dataset | None = None
        self._drawn = pn.Column(self._links.framed.panel, self._said, margin=0, visible=False, **WIDE)
        self.answer.append(self._drawn)

    def _begin(self) -> None:
        """Draw nothing until the first runs of all worlds are there."""
        self._chain, self._drawn.visible = None, False

    def take(self, new: set[str], session: Session) -> None:
        """Show how far the worlds are, and what is known of the links."""
        stream = session.linked
        if stream is None:
            if self._about:
                self._give_up()
            return
        if stream.runs:
            text = f"{stream.runs} of {stream.most} runs of {count(len(stream.cases), 'world')}."
        else:
            text = f"Simulating {len(stream.cases)} worlds: {stream.begun} of {len(stream.cases)} done."
        if text != self._text:
            self._text, self._state.object = text, element("app.state", text=text)
        if "chain" in new or (self._chain is None and stream.runs):
            self._chain = session.chain()
            self._draw(self._chain)

    def _draw(self, chain: xr.Dataset) -> None:
        """Draw the links of the selected year, and the answer."""
        text = f"Percentage points in {self._year}, with 95 % intervals of the mean. Pale: it includes zero."
        self._links.show(links(chain, self._year), text)
        self._said.object = element("app.chain", note=text, answer=chain_answer(chain, year=self._year))
        self._drawn.visible = True

    def turn(self, year: int) -> None:
        """The links of another year."""
        if year != self._year:
            self._year = year
            if self._chain is not None:
                self._draw(self._chain)
