"""Panes whose runs a user starts: an economy year by year, and the chain of causes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import panel as pn

from lockin_sim.app.charts import (
    ChainChart,
)
from lockin_sim.app.controls import build_country_options, build_domain_options
from lockin_sim.app.panes import ScenarioPane
from lockin_sim.app.parts import WIDE, build_button, build_flow_row, build_html_pane
from lockin_sim.app.session import Session, SharedContext, build_default_question
from lockin_sim.app.workers import COUNTED
from lockin_sim.common.conventions import MIDDLE
from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import count, opening
from lockin_sim.common.prose import render_element
from lockin_sim.comparisons.effects_reader import read_estimate
from lockin_sim.pages.plots.standards import STEPS
from lockin_sim.settings.scenario import Scenario
from lockin_sim.studies.chain_answer import describe_chain as chain_answer
from lockin_sim.studies.chain_answer import find_chain_group

if TYPE_CHECKING:
    import xarray as xr


def estimate_chain_steps(chain: xr.Dataset, year: int) -> list[tuple[str, Finding]]:
    """Estimate what remains of the lead at each step from first mover to standard, with the step's title."""
    place = find_chain_group(chain, None)
    bodies = [str(p) for p in chain["place"].values][int(chain.attrs["groups"])]
    first, alternative = int(chain["year"].values[0]), str(chain["alternative"].values[0])
    labels = chain["quantity_label"]
    titles = [("base", f"The lead, given in {first}", first)]
    titles += [(name, opening(str(labels.sel(quantity=name).item())), year) for name in STEPS]
    steps = []
    for name, title, when in titles:
        at: dict[str, Any] = {"alternative": alternative, "quantity": name, "year": when}
        known_there = np.isfinite(float(chain["level"].sel(place=place, **at)))
        left = read_estimate(chain, 100.0, change="lead", place=place if known_there else bodies, **at)
        steps.append((title, Finding.of(left)))
    return steps


class _RequestPane(ScenarioPane):
    """Base class of panes that answer a visitor's request.

    An answer stays until the next request. The answer is hidden while settings differ from those of its
    request, and appears again once they are restored.

    asks   label of the button;  intro  text shown while no answer is
    ask    makes the request for the present settings; returns whether that succeeded
    about  further controls that define the request, by the name of the argument
    """

    def __init__(
        self, asks: str, ask: Callable[..., bool], *, intro: str = "", label: str = "Policy", **about: Any
    ) -> None:
        super().__init__(label=label)
        self._ask, self._controls = ask, about
        self.button = build_button(asks, self.ask, first=True)
        self._settled, self._about = True, dict[str, Any]()
        self._state, self._intro = build_html_pane(), build_html_pane(intro)
        self.answer = pn.Column(self._state, margin=0, visible=False, **WIDE)
        controls = (self.scenario, *about.values())
        for control in controls:
            control.param.watch(lambda event: self._update_visibility(), "value")
        above = build_flow_row(*controls, self.button, align="end")
        self.panel = pn.Column(above, self._intro, self.answer, **WIDE)

    def _set(self) -> dict[str, Any]:
        """Return the arguments of a request: the selected scenario and the values of the controls."""
        return {"scenario": self.chosen} | {name: each.value for name, each in self._controls.items()}

    def ask(self) -> None:
        """Request an answer for the present settings; on success, clear the previous answer."""
        about = self._set()
        if self._ask(**about):
            self._about = about
            self._begin()
            self._update_visibility()

    def _begin(self) -> None:
        """Clear the previous answer and show what is being computed; subclasses implement this."""

    def _drop_request(self) -> None:
        """Drop the request, which could not be computed, and show the introduction."""
        self._about = {}
        self._update_visibility()

    def offer(self, scenarios: Sequence[Scenario]) -> None:
        """Set the scenarios to choose from, which are now those compared; update the answer's visibility."""
        super().offer(scenarios)
        self._settled = True
        self._update_visibility()

    def unsettle(self) -> None:
        """Hide the answer while the policies that are set are not compared."""
        self._settled = False
        self._update_visibility()

    def _update_visibility(self) -> None:
        """Show the answer if the present settings are those of its request, otherwise the introduction."""
        here = self._settled and bool(self._about) and self._about == self._set()
        self.answer.visible, self._intro.visible = here, not here


class EconomyPane(_RequestPane):
    """Explanation of one choice in one run: the chosen vendor, and the reasons term by term."""

    title, key = "One choice", "why"

    def __init__(self, desk: SharedContext, ask: Callable[..., bool]) -> None:
        usual = build_default_question(desk)
        self.country = pn.widgets.Select(
            label="Economy", options=build_country_options(desk.world), value=usual["country"], min_width=200
        )
        self.domain = pn.widgets.Select(
            label="Technology", options=build_domain_options(desk.world), min_width=200
        )
        # without ends of their own: what there is no explanation of is refused as `lockin explain` refuses it
        self.year = pn.widgets.IntInput(label="Year", value=usual["year"], width=100)
        self.run = pn.widgets.IntInput(label="Run", value=0, width=100)
        super().__init__("Why?", ask, country=self.country, domain=self.domain, year=self.year, run=self.run)
        for name, control in self._controls.items():
            self._register_setting("technology" if name == "domain" else name, control)

    def follow(self, outcome: str, place: str) -> None:
        """Select the visitor's place as the economy to explain, if the place is an economy."""
        if place in self.country.options.values():
            self.country.value = place

    def _begin(self) -> None:
        """Show which runs are being simulated."""
        text = f"Simulating this run and {COUNTED} others up to {self.year.value} ..."
        self._state.object = render_element("app.state", text=text)

    def take(self, new: set[str], session: Session) -> None:
        """Show the explanation once it has arrived; drop the request if it failed."""
        if "story" in new:
            _, table = session.found["story"]
            self._state.object = render_element("app.story", table=table)
        elif "said" in new and "story" not in session.found and not session.awaits("story"):
            self._drop_request()


class ChainPane(_RequestPane):
    """Chain from first mover to standard, link by link."""

    title, key = "From first mover to standard", "chain"

    def __init__(self, desk: SharedContext, follow: Callable[..., bool]) -> None:
        super().__init__("Follow the chain", follow, intro=render_element("app.about_chain"), label="Under")
        self._said, self._links = build_html_pane(), ChainChart()
        self._year, self._text = min(MIDDLE, desk.years[1]), ""
        self._chain: xr.Dataset | None = None
        self._drawn = pn.Column(self._links.framed.panel, self._said, margin=0, visible=False, **WIDE)
        self.answer.append(self._drawn)

    def _begin(self) -> None:
        """Hide the former chain until the first runs of all worlds have arrived."""
        self._chain, self._drawn.visible = None, False

    def take(self, new: set[str], session: Session) -> None:
        """Show how many runs have arrived, and draw the chain from them; drop the request if it failed."""
        stream = session.linked
        if stream is None:
            if self._about:
                self._drop_request()
            return
        if stream.runs:
            text = f"{stream.runs} of {stream.most} runs of {count(len(stream.cases), 'world')}."
        else:
            text = f"Simulating {len(stream.cases)} worlds: {stream.begun} of {len(stream.cases)} done."
        if text != self._text:
            self._text, self._state.object = text, render_element("app.state", text=text)
        if "chain" in new or (self._chain is None and stream.runs):
            self._chain = session.chain()
            self._draw(self._chain)

    def _draw(self, chain: xr.Dataset) -> None:
        """Draw the links in the selected year, and the answer as text."""
        text = f"Percentage points in {self._year}, with 95 % intervals of the mean. Pale: it includes zero."
        self._links.show(estimate_chain_steps(chain, self._year), text)
        self._said.object = render_element(
            "app.chain", note=text, answer=chain_answer(chain, year=self._year)
        )
        self._drawn.visible = True

    def turn(self, year: int) -> None:
        """Store the selected year and redraw the chain for it."""
        if year != self._year:
            self._year = year
            if self._chain is not None:
                self._draw(self._chain)
