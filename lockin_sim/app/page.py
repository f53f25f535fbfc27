"""One visitor's page: controls, answer and pictures, and the callbacks that redraw them as runs arrive."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import panel as pn

from lockin_sim.app.address import (
    KEY,
    AddressedControl,
    build_query,
    is_too_long,
    parse_query,
    read_policies,
    read_settings,
)
from lockin_sim.app.builder import PolicyBuilder
from lockin_sim.app.charts import render_effects_chart
from lockin_sim.app.drafts import derive_name
from lockin_sim.app.measured import find_page_headline
from lockin_sim.app.panes import (
    ComparisonPane,
    MapPane,
    Overview,
    VendorsPane,
    is_guess,
    render_answers,
    render_reasons,
)
from lockin_sim.app.parts import (
    WIDE,
    build_button,
    build_download_button,
    build_flow_row,
    build_html_pane,
    fade,
    read_template,
)
from lockin_sim.app.request_panes import ChainPane, EconomyPane
from lockin_sim.app.session import RunStream, Session, SharedContext, list_question_scenarios
from lockin_sim.common.conventions import MIDDLE
from lockin_sim.common.errors import InputError
from lockin_sim.common.formats import quoted
from lockin_sim.common.prose import render_element
from lockin_sim.comparisons.measured_places import replace_place
from lockin_sim.pages.evidence import Evidence
from lockin_sim.settings.scenario import Scenario, load_scenario

#: What computes the statistics of all pages, one after the other: each thread keeps memory of its own.
_STATISTICS = ThreadPoolExecutor(1, "lockin app statistics")

#: Milliseconds between two looks at what has arrived; seconds between two pictures after the first.
LOOK, PAUSE = 150, 1.0


#: What the page is called, and opens with in a world without a question of its own.
TITLE = "What would this policy change?"


#: Parts of the page, in the order in which a phone shows them.
PARTS = ("ask", "answer", "evidence", "reasons", "builder")

#: What the button says that the page's own script acts on.
COPY = "Copy this sentence, with its source"


#: Said while nothing is shown because of it.
UNFIT = " The answers computed beforehand are of another world, other draws or rules: they are not shown."


class PageFrame:
    """The page as a browser first gets it: parts that are filled once its connection stands.

    question  heading of the page, from the world's case; "" = the heading for any policy
    first     answer and picture to show until the connection stands, as HTML
    loans     text on what loans win and what is left of it; "" = unknown for this world and these draws
    """

    def __init__(self, question: str = "", first: tuple[str, str] = ("", ""), loans: str = "") -> None:
        template: Any = pn.Template(
            read_template("page.html"), nb_template=read_template("page.html"), location=True
        )
        template.title = TITLE
        self._parts = {name: pn.Column(sizing_mode="stretch_width", margin=0) for name in PARTS}
        for name, part in self._parts.items():
            template.add_panel(name, part)
        template.add_variable("page_question", question or TITLE)
        template.add_variable("page_loans", loans)
        template.add_variable(
            "page_style", f"{read_template('page.css')}.first {{{read_template('parts.css')}}}"
        )
        template.add_variable("first_answer", first[0])
        template.add_variable("first_picture", first[1])
        template.add_variable("page_script", read_template("page.js"))
        self.template = template

    def fill(self, **parts: Any) -> None:
        """Put contents into the parts of the page, by the name of the part."""
        for name, part in parts.items():
            self._parts[name].objects = [part]


def render_ready_page(desk: SharedContext, arguments: Mapping[str, Sequence[bytes]]) -> tuple[str, str]:
    """Return answer and picture for an address as HTML, from the answers computed beforehand.

    Both are "" unless policies, place and year of the address are all among these answers, and the address
    sets nothing else.
    """
    try:
        chosen = desk.chosen(read_policies(arguments) or [get_opening_policy(desk)])
    except InputError:  # which the page says
        return "", ""
    others = ((name, texts[0]) for name, texts in arguments.items() if name != KEY)
    set_there = {name: text.decode("utf-8", "replace") for name, text in others}
    studies = None if desk.answers is None else desk.answers.of(chosen)
    if studies is None or not set_there.keys() <= {"where", "year"}:
        return "", ""
    evidence, first = Evidence(studies), find_page_headline(desk.world)
    outcome = replace_place(first, set_there["where"]) if "where" in set_there else first
    year = set_there.get("year", str(min(MIDDLE, desk.years[1])))
    if outcome not in evidence.outcomes or year not in map(str, evidence.calendar):
        return "", ""
    answer = render_answers(evidence, outcome, int(year), guessed=is_guess(desk.world, outcome))
    return answer, render_effects_chart(evidence, outcome, int(year))[0]


def get_opening_policy(desk: SharedContext) -> Scenario:
    """Return the policy that a page opens with: the first of :func:`.list_question_scenarios`."""
    return next(iter(list_question_scenarios(desk.world).values()))


class Page:
    """Page of one visitor.  ``parts`` are what its :class:`PageFrame` shows.

    begun    policies to begin with, such as those of a link; none = the first of the built-in questions
    refused  why a link cannot be used: nothing is compared then until the visitor requests a comparison
    Raises InputError for policies that cannot be run.
    """

    def __init__(self, desk: SharedContext, begun: Sequence[Scenario] = (), *, refused: str = "") -> None:
        self.session, self._refused = Session(desk), refused
        self.evidence: Evidence | None = None
        self._of: RunStream | None = None  # what the evidence is of
        self._drawing, self._due, self._drawn = False, False, 0.0
        self._faded, self._standing = False, ""
        self._settled = False  # whether the policies that are set are those that are compared
        self._moving, self._year = False, 0  # whether the year moves, and where it was at the last look
        self._outcome = ""  # at the last look
        self._arrives = False  # whether what is set comes from an address
        self.said, self.answer, self.reasons = build_html_pane(), build_html_pane(), build_html_pane()
        self.state = pn.pane.HTML("", stylesheets=[read_template("parts.css")], margin=(6, 0))
        first = begun or [load_scenario("baseline") if refused else get_opening_policy(desk)]
        self.builder = PolicyBuilder(
            desk.world, first, desk.chosen, self.compare, self.tell, self._mark_outdated
        )
        self.overview = Overview(
            desk, self.redraw, self._start_year_move, self._wrap_request(self.session.tell)
        )
        self.report = build_button("Prepare the report", self._wrap_request(self._request_report))
        self._made = build_download_button(
            lambda: io.StringIO(self.session.found.get("report", "")),
            "report.html",
            "Download the report",
            visible=False,
        )
        self.panes: list[Any] = [
            self.overview,
            ComparisonPane(),
            MapPane(desk, self.redraw),
            VendorsPane(desk, self.redraw),
            EconomyPane(desk, self._wrap_request(self.session.explain)),
            ChainPane(desk, self._wrap_request(self.session.follow_chain)),
        ]
        self.tabs = pn.Tabs(
            *((pane.title, pane.panel) for pane in self.panes),
            sizing_mode="stretch_width",
            dynamic=True,
            stylesheets=[read_template("tabs.css")],
        )
        self.tabs.param.watch(lambda event: self.redraw(), "active")
        self.settings = self._build_settings()
        for name, setting in self.settings.items():
            if name != "year":  # which may still be moving
                setting.control.param.watch(lambda event: self._update_address(), setting.parameter)
        for pane in self.panes:
            pane.offer(desk.chosen(first))
        self.answer.object = render_element("app.says", text="The answer appears with the first runs.")
        self._copy = build_button(COPY, lambda: None)  # which the page's own script does
        beneath = build_flow_row(self.state, self._copy, self.report, self._made, self.said, align="center")
        self.parts = {
            "ask": pn.Column(self.overview.where, self.builder.ask, margin=0, **WIDE),
            "answer": pn.Column(self.answer, beneath, margin=0, **WIDE),
            "reasons": self.reasons,
            "builder": self.builder.panel,
            "evidence": pn.Column(self.overview.controls, self.tabs, margin=0, **WIDE),
        }

    @classmethod
    def opened(cls, desk: SharedContext, arguments: Mapping[str, Sequence[bytes]]) -> Page:
        """Create the page of an address, with all policies and settings that the address names.

        If the address cannot be used, the page shows the reason and compares nothing.
        """
        try:
            page = cls(desk, read_policies(arguments))
            with page._hold_address():
                page._apply_arguments(arguments)
            return page
        except InputError as error:
            return cls(desk, refused=str(error))

    def begin(self) -> None:
        """Request the first runs, or show why the link was refused; start to poll for results."""
        if self._refused:
            self.tell(self._refused)
            self.answer.object = render_element(
                "app.paragraph", text="Nothing is compared yet: begin with a policy, or load one."
            )
        else:
            with self._hold_address():
                self.builder.say()
                self.redraw()
        if pn.state.location is not None:
            pn.state.location.param.watch(lambda event: self.travel(event.new), "search")
        look: Any = self.look  # which may be a coroutine function
        pn.state.add_periodic_callback(look, period=LOOK)

    def close(self) -> None:
        """Close the session of a visitor who has left or lost the place."""
        self.session.close()

    # --- the address ---

    def _build_settings(self) -> dict[str, AddressedControl]:
        """Build the controls whose values the address holds, by name, in the order to set them."""
        tabs = {derive_name(pane.title): number for number, pane in enumerate(self.panes)}
        choose = self.builder.choose
        settings = {
            "edited": AddressedControl(
                choose, lambda: 0, lambda: {str(n + 1): n for n in range(len(self.builder.drafts))}
            ),
            "tab": AddressedControl(self.tabs, lambda: 0, lambda: tabs, "active"),
        }
        for pane in self.panes:
            settings |= pane.settings
        return settings

    def _apply_arguments(self, arguments: Mapping[str, Sequence[bytes]]) -> None:
        """Set all controls to the values in an address, or to their usual values where the address has none.

        Raises InputError for a value that cannot be used, before any control is set.
        """
        for name, value in read_settings(arguments, self.settings).items():
            self.settings[name].set(value)

    @contextmanager
    def _hold_address(self) -> Iterator[None]:
        """Keep the address unchanged within a ``with`` block that reads settings from the address."""
        self._arrives = True
        try:
            yield
        finally:
            self._arrives = False

    def _update_address(self) -> None:
        """Write policies and settings of the page into the address, unless they are being read from it."""
        if not self._arrives and pn.state.location is not None and self.session.scenarios:
            pn.state.location.search = build_query(self.session.scenarios[1:], self.settings)

    def travel(self, search: str) -> None:
        """Show the policies and settings of another address, to which the browser went back or forward.

        An address that cannot be used leads to a message, and results fade.
        """
        if search == build_query(self.session.scenarios[1:], self.settings):
            return  # the page itself wrote it
        try:
            with self._hold_address():
                arguments = parse_query(search)
                self.builder.take(read_policies(arguments) or [get_opening_policy(self.session.desk)])
                self.builder.say()
                self._apply_arguments(arguments)
                self.redraw()
        except InputError as error:
            self._mark_outdated()
            self.tell(str(error))

    # --- what the visitor does ---

    def compare(self, policies: list[Scenario]) -> None:
        """Compare these policies from now on, and write them into the address of the page."""
        said = self.session.compare(policies)
        self._settled = True
        long = [policy.called for policy in policies if is_too_long(policy)]
        if long:
            said = f"{quoted(long[0])} is too long for the address of this page: a file can hold it. {said}"
        self.tell(said.strip())
        self.fade()
        self._due, self._drawn = True, 0.0
        for pane in self.panes:
            pane.offer(self.session.scenarios)
        if self.session.beforehand:
            self._show_studies(self.session.studies(), self.session.compared)
        self._update_report_buttons()
        self._update_address()

    def fade(self, faded: bool = True) -> None:
        """Fade the results of runs, and their downloads, as outdated; ``faded=False`` restores them."""
        self._faded = faded
        drawn = (pane.drawn for pane in self.panes if pane.drawn is not None)
        for part in (self.answer, self.reasons, self._copy, self._made, *drawn):
            fade(part, faded)
        self._update_run_status()

    def _mark_outdated(self) -> None:
        """Mark the compared policies as outdated: fade their results, and let panes hide theirs."""
        self._settled = False
        self.fade()
        for pane in self.panes:
            pane.unsettle()

    def _update_run_status(self) -> None:
        """Show how many runs the picture rests on, and how many of the requested runs have arrived."""
        stream = self.session.compared
        if stream is None:
            text = ""
        elif not self._settled:
            text = "Nothing is computed yet of what is set."
        elif self.evidence is not None and self.evidence.runs > stream.runs and not self._faded:
            text = (
                f"{self.evidence.runs} runs computed beforehand; of {stream.most} computed now, which "
                f"will replace them, {stream.runs} are there."
            )
        elif self.evidence is None or self._faded:
            text = f"{'Recomputing' if self.evidence else 'Computing'}: {stream.runs} of {stream.most} runs."
            text += UNFIT if self.session.desk.answers is None and self.evidence is None else ""
        else:
            some = "The first " if self.evidence.runs < stream.most else ""
            text = f"{some}{self.evidence.runs} of {stream.most} runs."
        if text != self._standing:
            self._standing, self.state.object = text, render_element("app.state", text=text)

    def tell(self, message: str) -> None:
        """Show a message; "" removes the message."""
        self.said.object = render_element("app.message", text=message)

    def redraw(self) -> None:
        """Redraw the page for the selected outcome, place and year.

        If the present evidence lacks the outcome, fade the results and schedule new statistics.
        """
        outcome, year = self.overview.chosen()
        if outcome != self._outcome:
            self._outcome = outcome
            for pane in [] if self._arrives else self.panes:
                pane.follow(outcome, str(self.overview.where.value))
        for pane in self.panes:
            pane.turn(year)
        if self.evidence is not None and self.overview.chosen()[0] not in self.evidence.outcomes:
            self._due, self._drawn = True, 0.0  # another place
            self.fade()
        elif self.evidence is not None:
            self._draw(self.evidence)
            self.fade(not self._settled or self._of is not self.session.compared)

    def _start_year_move(self) -> None:
        """Fade the results while the year slider moves."""
        if not self._arrives:
            self._moving = True
            self.fade(self.evidence is not None)

    def _request_report(self) -> None:
        """Request the report of the runs that have arrived, and update its buttons."""
        self.session.report()
        assert self.session.compared is not None
        self._made.label = f"Download the report ({self.session.compared.runs} runs)"
        self._update_report_buttons()

    def _update_report_buttons(self) -> None:
        """Set label and state of the report button, and show the download once the report exists."""
        waits = self.session.awaits("report")
        label = "The report is being written ..." if waits else "Prepare the report"
        self.report.param.update(label=label, disabled=waits)
        self._made.visible = "report" in self.session.found

    def _wrap_request(self, does: Callable[..., None]) -> Callable[..., bool]:
        """Wrap a request so that it is about the policies that are set now.

        The wrapper compares these policies first, then makes the request; it returns whether both succeeded,
        and shows the message of an InputError.
        """

        def asked(**about: Any) -> bool:
            """Make the request; return False and show the message if it raises InputError."""
            try:
                policies = self.builder.scenarios()
                if self.session.scenarios:  # these, or they are refused
                    self.session.compare(policies)
                does(**about)
            except InputError as error:
                self.tell(str(error))
                return False
            return True

        return asked

    # --- what arrives ---

    async def look(self) -> None:
        """Collect results that have arrived and draw them; called every ``LOOK`` milliseconds.

        Statistics are computed in a thread, so that other visitors need not wait, at most every ``PAUSE`` s.
        """
        session = self.session
        if session.closed:
            return
        new = session.collect()
        if "said" in new:
            self.tell(session.said)
        for pane in self.panes:
            pane.take(new, session)
        if new & {"report", "said"}:
            self._update_report_buttons()
        _, year = self.overview.chosen()
        if self._moving and year == self._year:  # it stands still
            self._moving = False
            self.redraw()
            self._update_address()
        self._year = year
        self._due = self._due or ("compared" in new and not session.beforehand)
        stream = session.compared
        self._update_run_status()
        ready = stream is not None and session.runs > 0
        if not self._due or self._drawing or not ready or time.monotonic() - self._drawn < PAUSE:
            return
        self._drawing, self._due = True, False
        try:
            outcome, _ = self.overview.chosen()
            made = _STATISTICS.submit(lambda: session.studies(outcome))
            studies = await asyncio.wrap_future(made)
            # another policy or place may have been asked for meanwhile
            if session.compared is not stream or not self._show_studies(studies, stream):
                self._due = True
        finally:
            self._drawing, self._drawn = False, time.monotonic()

    def _show_studies(self, studies: Mapping[str, Any], stream: RunStream | None) -> bool:
        """Draw studies of the compared policies; return False if they lack the selected outcome."""
        evidence = Evidence(studies)
        if self.overview.chosen()[0] not in evidence.outcomes:
            return False
        self.evidence, self._of = evidence, stream
        self.redraw()
        return True

    def _draw(self, evidence: Evidence) -> None:
        """Draw the answer, its reasons and the open pane."""
        outcome, year = self.overview.chosen()
        self.overview.name_goal(evidence)
        self.answer.object = render_answers(
            evidence, outcome, year, guessed=is_guess(self.session.desk.world, outcome)
        )
        self.reasons.object = render_reasons(evidence, outcome, year)
        self.panes[self.tabs.active].show(evidence, outcome, year)


def build_message_parts(text: str) -> dict[str, Any]:
    """Build the parts of a page that shows a message and nothing else."""
    return {name: build_html_pane() for name in PARTS} | {
        "answer": build_html_pane(render_element("app.message", text=text))
    }
