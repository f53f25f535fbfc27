"""View of the selected economy: facts available at once, and results of simulation runs made on request."""

from __future__ import annotations

from collections.abc import Callable

import panel as pn

from lockin_sim.app.answers import get_ready_effects
from lockin_sim.app.measured import find_page_headline
from lockin_sim.app.parts import WIDE, build_button, build_html_pane
from lockin_sim.app.session import Session, SharedContext
from lockin_sim.common.conventions import RUNS
from lockin_sim.common.formats import with_article
from lockin_sim.common.prose import render_element
from lockin_sim.world.names import format_label

#: Draws of the first answer from runs, and of the one that replaces it.
DRAWS = (8, RUNS.pool)


class EconomyView:
    """View beneath the picture: suppliers of the economy, other economies, effects of policies, own runs.

    ask  requests runs of an economy by its code and the number of runs; returns whether the request succeeded
    """

    def __init__(self, desk: SharedContext, ask: Callable[..., bool]) -> None:
        self._desk, self._ask, self._first = desk, ask, find_page_headline(desk.world)
        self._place, self._year, self._drawn = "", 0, ("", 0)
        self._known, self._state, self._runs = build_html_pane(), build_html_pane(), build_html_pane()
        self.button = build_button("What is locked in here, and what leaving costs", self._begin)
        parts = (self._known, self.button, self._state, self._runs)
        self.panel = pn.Column(*parts, margin=0, visible=bool(desk.brief and self._first), **WIDE)

    def look(self, place: str, year: int) -> None:
        """Store the selected place and year; clear the results of runs if the place is a new one.

        The text is redrawn by the next call of :meth:`take`.
        """
        if place != self._place:
            self._state.object = self._runs.object = ""
        self._place, self._year = place, year

    def take(self, new: set[str], session: Session) -> None:
        """Redraw the text of a new selection, and show results of runs that arrived for the economy.

        After the first, smaller number of runs in ``DRAWS``, request the larger one.
        """
        if self._drawn != (self._place, self._year):
            self._drawn = self._place, self._year
            self._draw_known_facts()
        if "economy" in new and session.found["economy"][0] == self._place:
            _, runs, self._runs.object = session.found["economy"]
            self._draw_known_facts()
            more = next((each for each in DRAWS if each > runs), None)
            self._say(f"The first {runs} of {DRAWS[-1]} futures." if more else f"{runs} futures.")
            if more:
                self._ask(economy=self._place, runs=more)
        elif "said" in new and not session.awaits("economy"):
            self._state.object = ""

    def _draw_known_facts(self) -> None:
        """Draw the text that needs no runs: the brief of a country, or a prompt to choose a country."""
        desk, world = self._desk, self._desk.world
        here = self.button.visible = self._place in world.countries
        if here and desk.brief is not None:
            about = {"effects": get_ready_effects(desk), "year": self._year, "alone": not self._runs.object}
            self._known.object = desk.brief.at_once(world, self._place, self._first, **about)
        else:
            text = "Choose a country to read who supplies its networks, and what is locked in there."
            self._known.object = render_element("app.paragraph", text=text)

    def _begin(self) -> None:
        """Request the first runs and show that they are being simulated."""
        if self._ask(economy=self._place, runs=DRAWS[0]):
            where = with_article(format_label("country", self._place))
            self._say(f"Simulating {DRAWS[0]} futures of {where}, with and without a cost of switching ...")

    def _say(self, text: str) -> None:
        """Show a text on the state of the runs."""
        self._state.object = render_element("app.state", text=text)
