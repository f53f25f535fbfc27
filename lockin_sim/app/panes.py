"""The pictures of the page, a pane each: its controls, and how it shows what has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import panel as pn

from lockin_sim.app import tables, words
from lockin_sim.app.charts import Effects, said_of, vendors_figure
from lockin_sim.app.fields import by_title, country_options, domain_options
from lockin_sim.app.maps import Map, key_of_changes, key_of_levels
from lockin_sim.app.parts import EVERY, PLACES, VENDORS
from lockin_sim.app.session import Desk, Session
from lockin_sim.app.styles import WIDE, abreast, button, html
from lockin_sim.report.evidence import Evidence
from lockin_sim.scenario import Scenario
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.studies.results import MIDDLE
from lockin_sim.wording import opening
from lockin_sim.world.names import adjective

if TYPE_CHECKING:
    import xarray as xr


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
        self._table.object = tables.comparison_html(titles, words.side_by_side(evidence, outcome, year))


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
        self._key.object = tables.key_html(steps)
        self._note.object = tables.told(f"{opening(said)} Point at an economy for its number.")


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
            self._key.object = tables.key_html(key)
            self._note.object = tables.told(said_of(study, name, domain, year))


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
            self._links.object = tables.chain_html(self._found, self._year)

    def show(self, evidence: Evidence, outcome: str, year: int) -> None:
        """The links of another year."""
        if year != self._year:
            self._year = year
            if self._found is not None:
                self._links.object = tables.chain_html(self._found, year)
