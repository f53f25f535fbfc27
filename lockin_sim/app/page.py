"""One visitor's page: the controls, the answer, the pictures, and what redraws them as runs arrive."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import panel as pn

from lockin_sim.app.builder import Builder
from lockin_sim.app.drafts import linked, search_of
from lockin_sim.app.panes import (
    Chain,
    Compared,
    Economy,
    Overview,
    Vendors,
    WorldMap,
    answers,
)
from lockin_sim.app.parts import WIDE, abreast, button, download, fade, html, text_of
from lockin_sim.app.session import FIRST, Desk, Session, Stream
from lockin_sim.errors import InputError
from lockin_sim.prose import element
from lockin_sim.report.evidence import Evidence
from lockin_sim.scenario import Scenario, load_scenario

#: Milliseconds between two looks at what has arrived; seconds between two pictures after the first.
LOOK, PAUSE = 150, 1.0


class Frame:
    """The page as a browser gets it first: three empty parts, filled once its connection stands."""

    def __init__(self) -> None:
        made: Any = pn.Template(text_of("page.html"), nb_template=text_of("page.html"), location=True)
        made.title = "What would this policy change?"
        names = ("answer", "builder", "evidence")
        self._parts = {name: pn.Column(sizing_mode="stretch_width", margin=0) for name in names}
        for name, part in self._parts.items():
            made.add_panel(name, part)
        made.add_variable("page_style", text_of("page.css"))
        made.add_variable("page_script", text_of("page.js"))
        self.template = made

    def fill(self, **parts: Any) -> None:
        """Put parts of the page into their places."""
        for name, part in parts.items():
            self._parts[name].objects = [part]


class Page:
    """The page of one visitor.  ``parts`` are what its :class:`Frame` shows.

    begun    policies that it begins with, those of a link; none = the first of those that are built in
    refused  why a link cannot be used: then nothing is compared until the visitor asks for something
    Raises InputError for policies that cannot be run.
    """

    def __init__(self, desk: Desk, begun: Sequence[Scenario] = (), *, refused: str = "") -> None:
        self.session, self._refused = Session(desk), refused
        self.evidence: Evidence | None = None
        self._drawing, self._due, self._drawn = False, False, 0.0
        self._faded, self._standing = False, ""
        self.said, self.answer = html(), html()
        self.state = pn.pane.HTML("", stylesheets=[text_of("parts.css")], margin=(8, 10))
        first = begun or [load_scenario("baseline" if refused else FIRST[0])]
        self.builder = Builder(desk.world, first, desk.chosen, self.compare, self.tell, self.fade)
        self.overview = Overview(desk, self.redraw, self._year_moved)
        self._of: Stream | None = None  # what the evidence is of
        self.report = button("Prepare the report", self._guarded(self._report))
        self._made = download(
            lambda: io.StringIO(self.session.found.get("report", "")), "report.html", "Download the report",
            visible=False,
        )  # fmt: skip
        self.panes: list[Any] = [
            self.overview, Compared(), WorldMap(desk, self.redraw), Vendors(desk, self.redraw),
            Economy(desk, self._guarded(self.session.explain)),
            Chain(desk, self._guarded(self.session.follow_chain)),
        ]  # fmt: skip
        self.tabs = pn.Tabs(
            *((pane.title, pane.panel) for pane in self.panes),
            sizing_mode="stretch_width",
            dynamic=True,
            stylesheets=[text_of("tabs.css")],
        )
        self.tabs.param.watch(lambda event: self.redraw(), "active")
        self.answer.object = element("app.says", text="The answer appears with the first runs.")
        above = abreast(self.report, self._made, self.state, self.said, align="center")
        self.parts = {
            "answer": pn.Column(self.answer, above, margin=0, **WIDE),
            "builder": self.builder.panel,
            "evidence": pn.Column(self.overview.controls, self.tabs, margin=0, **WIDE),
        }

    @classmethod
    def opened(cls, desk: Desk, arguments: Mapping[str, Sequence[bytes]]) -> Page:
        """The page of an address: with its policies, or with why they cannot be run."""
        try:
            return cls(desk, linked(arguments))
        except InputError as error:
            return cls(desk, refused=str(error))

    def begin(self) -> None:
        """Ask for the first runs, or say why not, and look for what arrives from now on."""
        if self._refused:
            for pane in self.panes:
                pane.offer([load_scenario("baseline")])
            self.tell(self._refused)
            self.answer.object = element(
                "app.paragraph", text="Nothing is compared yet: begin with a policy, or load one."
            )
        else:
            self.builder.say()
        look: Any = self.look  # which may be a coroutine function
        pn.state.add_periodic_callback(look, period=LOOK)

    def close(self) -> None:
        """The visitor is gone."""
        self.session.close()

    # --- what the visitor does ---

    def compare(self, policies: list[Scenario]) -> None:
        """Compare these policies from now on; the address of the page names them."""
        idle = self.session.compare(policies)
        if pn.state.location is not None:
            pn.state.location.search = search_of(policies)
        self.tell(idle)
        self.fade()
        self._due, self._drawn = True, 0.0
        for pane in self.panes:
            pane.offer(self.session.scenarios)

    def fade(self, faded: bool = True) -> None:
        """Let fade what follows the runs, as something else was set."""
        self._faded = faded
        for part in (self.answer, *(pane.panel for pane in self.panes if pane.follows)):
            fade(part, faded)
        self._stand()

    def _stand(self) -> None:
        """Say how many runs are there of what is set."""
        stream = self.session.compared
        if stream is None:
            text = ""
        elif self._faded:
            text = f"Recomputing: {stream.runs} of {stream.most} runs."
        else:
            text = f"{stream.runs} of {stream.most} runs."
        if text != self._standing:
            self._standing, self.state.object = text, element("app.state", text=text)

    def tell(self, message: str) -> None:
        """Show a message; "" takes it away."""
        self.said.object = element("app.message", text=message)

    def redraw(self) -> None:
        """Draw what is known, as another year or measure was chosen."""
        if self.evidence is not None:
            self._draw(self.evidence)
            self.fade(self._of is not self.session.compared)

    def _year_moved(self) -> None:
        """Let fade what is said of another year, or draw it where the year is back where it was."""
        year = self.overview.year
        if year.value == year.value_throttled:
            self.redraw()
        else:
            self.fade()

    def _report(self) -> None:
        """Ask for the report."""
        self.session.report()
        self.report.param.update(label="The report is being written ...", disabled=True)
        self._made.visible = False

    def _guarded(self, does: Callable[..., None]) -> Callable[..., None]:
        """What does something that may be refused, and says why it was."""

        def guarded(*about: Any, **asked: Any) -> None:
            """Do it, or tell."""
            try:
                does(*about, **asked)
            except InputError as error:
                self.tell(str(error))

        return guarded

    # --- what arrives ---

    async def look(self) -> None:
        """Take in what has arrived and draw it: statistics in a thread, so that others need not wait."""
        session = self.session
        new = session.collect()
        if "said" in new:
            self.tell(session.said)
        for pane in self.panes:
            pane.take(new, session)
        if "report" in new:
            runs = session.compared.runs if session.compared is not None else 0
            self._made.param.update(visible=True, label=f"Download the report ({runs} runs)")
        if new & {"report", "said"}:
            self.report.param.update(label="Prepare the report", disabled=False)
        self._due = self._due or "compared" in new
        stream = session.compared
        self._stand()
        ready = stream is not None and stream.runs > 0
        if not self._due or self._drawing or not ready or time.monotonic() - self._drawn < PAUSE:
            return
        self._drawing, self._due = True, False
        try:
            evidence = await asyncio.to_thread(lambda: Evidence(session.studies()))
            if session.compared is stream:  # else another policy was asked for meanwhile
                self.evidence, self._of = evidence, stream
                self._draw(evidence)
                self.fade(False)
            else:
                self._due = True
        finally:
            self._drawing, self._drawn = False, time.monotonic()

    def _draw(self, evidence: Evidence) -> None:
        """The answer, and the picture that is looked at."""
        outcome, year = self.overview.chosen()
        self.answer.object = answers(evidence, outcome, year)
        self.panes[self.tabs.active].show(evidence, outcome, year)


def full(most: int) -> Any:
    """What somebody reads who comes when all places are taken."""
    text = f"All {most} places are taken just now. Please load this page again in a few minutes."
    return html(element("app.message", text=text))
