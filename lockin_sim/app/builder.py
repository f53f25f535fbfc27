"""Left side of the page: questions, up to three policies, and the controls of each policy."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from lockin_sim.app.controls import UseControls, build_target_options
from lockin_sim.app.drafts import PolicyDraft, build_use, format_scenario, parse_scenario
from lockin_sim.app.parts import (
    WIDE,
    build_button,
    build_card,
    build_download_button,
    build_flow_row,
    build_small_print,
    read_template,
)
from lockin_sim.app.session import MOST_POLICIES, MOST_USES, list_question_scenarios, load_built_in_scenarios
from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.formats import opening
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.scenario import Scenario, load_scenario
from lockin_sim.settings.titles import OF_THOUGHT
from lockin_sim.world import World

#: What somebody may begin from who wants none of the built-in policies.
NOTHING = "Nothing: an empty policy"

#: What the field is called that holds a policy as text.
AS_TEXT = "The file as text, to copy or to paste"

#: Groups of what somebody may begin from.
LOADED, POLICIES, THOUGHTS = "As loaded", "Policies", opening(OF_THOUGHT)


def list_starting_scenarios(world: World) -> dict[str, dict[str, str]]:
    """List the built-in scenarios to begin with: name by title, in groups.

    Policies and thought experiments are separate groups.
    """
    groups: dict[str, dict[str, str]] = {POLICIES: {NOTHING: "baseline"}, THOUGHTS: {}}
    for scenario in sorted(load_built_in_scenarios().values(), key=lambda scenario: scenario.called):
        if scenario.name != "baseline":
            thought = scenario.is_thought_experiment(world.present)
            groups[THOUGHTS if thought else POLICIES][scenario.called] = scenario.name
    return {title: group for title, group in groups.items() if group}


class PolicyBuilder:
    """Editor of the page's policies.

    begun    policies to begin with
    check    raises InputError for policies that cannot be run, for which no control is built
    changed  is called with the scenarios after every change;  tell  with the message of an invalid input
    touched  is called at the start of a change: results shown are out of date until ``changed`` is called
    """

    def __init__(
        self,
        world: World,
        begun: Sequence[Scenario],
        check: Callable[[Sequence[Scenario]], object],
        changed: Callable[[list[Scenario]], None],
        tell: Callable[[str], None],
        touched: Callable[[], None],
    ) -> None:
        self.world, self._check, self._changed, self._tell = world, check, changed, tell
        self._touched = touched
        self.current, self._quiet = 0, False
        check(begun)
        self.drafts = [self._build_draft(scenario) for scenario in begun]
        self.controls: list[UseControls] = []
        self._starts = list_starting_scenarios(world)
        self._asked = list_question_scenarios(world)
        self._build_controls()
        self._watch_controls()
        self.panel = pn.Column(
            self._build_lever_card(), self._build_share_card(), sizing_mode="stretch_width", margin=0
        )
        self.ask = pn.Column(
            self.questions,
            self.choose,
            build_flow_row(self.add, self.remove),
            sizing_mode="stretch_width",
            margin=0,
        )
        self.show()

    def _build_controls(self) -> None:
        """Build all controls, without reactions to them."""
        self.choose = pn.widgets.RadioButtonGroup(
            **WIDE, label="Policy", orientation="vertical", stylesheets=[read_template("buttons.css")]
        )
        self.questions = pn.widgets.RadioButtonGroup(
            **WIDE,
            label="Questions",
            orientation="vertical",
            stylesheets=[read_template("buttons.css")],
            css_classes=["questions"],
            margin=(5, 10),
            options={scenario.question: name for name, scenario in self._asked.items()},
        )
        self.add = build_button("Add a policy to compare", self._guard(self._add_policy))
        self.remove = build_button("Remove this policy", self._guard(self._remove_policy))
        self.start = pn.widgets.Select(**WIDE, label="Begin with", groups=self._starts)
        self.title = pn.widgets.TextInput(**WIDE, label="What it is called", max_length=100)
        levers = {LEVERS[name].title: name for name in sorted(LEVERS, key=lambda name: LEVERS[name].title)}
        self.lever = pn.widgets.Select(**WIDE, label="Another lever", options=levers)
        self.add_lever = build_button("Add this lever", self._guard(self._add_use))
        self.file = pn.widgets.FileInput(**WIDE, accept=".toml")
        self.save = build_download_button(
            lambda: io.StringIO(format_scenario(self.scenarios()[self.current])),
            "policy.toml",
            "Download as a file",
        )
        self.text = pn.widgets.TextAreaInput(**WIDE, label=AS_TEXT, rows=6, max_length=200_000)
        self.read = build_button(
            "Use this text",
            self._guard(lambda: self._replace(parse_scenario(self.text.value or "", "the text"))),
        )
        self.uses = pn.Column(sizing_mode="stretch_width", margin=0)

    def _watch_controls(self) -> None:
        """Call the reaction to each control whenever its value changes."""
        for widget, does in (
            (self.choose, self._switch_policy),
            (self.questions, self._begin_with_question),
            (self.start, self._restart_policy),
            (self.title, self._apply_controls),
            (self.file, self._load_file),
        ):
            widget.param.watch(self._guard(does), "value")

    def _build_share_card(self) -> Any:
        """Build the card with which a policy is saved, shared and loaded."""
        return build_card(
            build_small_print("The address of this page holds all that is set: copy it to share it."),
            self.save,
            self.text,
            self.read,
            build_small_print("Load a file:"),
            self.file,
            title="Share or load",
            collapsed=True,
        )

    def _build_lever_card(self) -> Any:
        """Build the card with the levers of a policy and their sliders."""
        return build_card(
            self.start,
            self.title,
            self.uses,
            self.lever,
            self.add_lever,
            title="Levers and sliders",
            collapsed=True,
        )

    def scenarios(self) -> list[Scenario]:
        """Build the scenarios of all policies in their current state.

        Raises InputError for an invalid policy.
        """
        scenarios: list[Scenario] = []
        for draft in self.drafts:
            scenarios.append(draft.scenario([scenario.name for scenario in scenarios]))
        return scenarios

    def take(self, policies: Sequence[Scenario]) -> None:
        """Replace all policies, unless they equal the current ones, whose undo history is then kept.

        Raises InputError for policies that cannot be run, and leaves everything unchanged.
        """
        self._check(policies)
        try:
            same = self.scenarios() == list(policies)
        except InputError:  # of a policy that is still being changed
            same = False
        if not same:
            self.drafts = [self._build_draft(policy) for policy in policies]
            self.current = min(self.current, len(self.drafts) - 1)
            self.show()

    def show(self) -> None:
        """Fill the controls with the current policy."""
        self._quiet = True
        try:
            self.choose.visible = self.remove.visible = len(self.drafts) > 1
            self.add.visible = len(self.drafts) < MOST_POLICIES
            draft = self.drafts[self.current]
            begun = draft.start.name
            known = {name for group in self._starts.values() for name in group.values()}
            loaded = {} if begun in known else {LOADED: {draft.start.called: begun}}
            self.start.param.update(groups=loaded | self._starts, value=begun)
            self.questions.value = begun if begun in self._asked else None
            acts = {"Undo": self._undo, "Reset": self._reset, "Remove this lever": self._remove_use}
            self.controls = [UseControls(use, self.world, self._apply_controls, acts) for use in draft.uses]
            self.uses.objects = [control.panel for control in self.controls]
        finally:
            self._quiet = False
        self._name()

    def _name(self) -> None:
        """Update the titles of policies, and enable Undo and Reset buttons where they apply."""
        self._quiet = True
        try:
            titles = {f"{n + 1}. {draft.called}": n for n, draft in enumerate(self.drafts)}
            self.choose.param.update(options=titles, value=self.current)
            draft = self.drafts[self.current]
            self.title.value = draft.called
            for control, trail in zip(self.controls, draft.trails, strict=True):
                control.buttons["Undo"].disabled = len(trail) == 1
                control.buttons["Reset"].disabled = trail[-1] == trail[0]
        finally:
            self._quiet = False

    def _guard(self, does: Callable[[], None]) -> Callable[..., None]:
        """Wrap a callback of a control so that an InputError is shown as a message.

        The callback is skipped while the page updates its own controls.
        """

        def guarded(*events: Any) -> None:
            """Run the callback and report an InputError."""
            if not self._quiet:
                try:
                    does()
                except InputError as error:
                    self._tell(str(error))

        return guarded

    def _apply_controls(self, done: bool = True) -> None:
        """Copy the values of the controls into the current draft, and publish the policies.

        done  False while a slider is still being moved, in which case results are only marked out of date
        """
        if not done:
            return self._touched()
        draft = self.drafts[self.current]
        draft.rename(self.title.value or "")
        for position, control in enumerate(self.controls):
            draft.note(position, control.content())
        self._name()
        self.say()

    def say(self) -> None:
        """Publish the scenarios and their text, or report why a policy is invalid."""
        self._touched()
        try:
            scenarios = self.scenarios()
            self.text.value = format_scenario(scenarios[self.current])
            self.save.param.update(filename=f"{scenarios[self.current].name}.toml", disabled=False)
        except InputError as error:
            self.text.value, self.save.disabled = "", True  # there is no such policy to save
            return self._tell(str(error))
        self._guard(lambda: self._changed(scenarios))()

    def _switch_policy(self) -> None:
        """Switch to the policy selected by the visitor."""
        self.current = int(self.choose.value)
        self._refresh()

    def _refresh(self) -> None:
        """Update the controls, and publish the policies."""
        self.show()
        self.say()

    def _begin_with_question(self) -> None:
        """Replace the current policy with the scenario of the selected question."""
        if self.questions.value is not None:
            self._replace(self._asked[self.questions.value])

    def _add_policy(self) -> None:
        """Add the first question's policy with which no draft has begun yet."""
        begun = {draft.start.name for draft in self.drafts}
        name = next(name for name in self._asked if name not in begun)
        self.drafts.append(self._build_draft(self._asked[name]))
        self.current = len(self.drafts) - 1
        self._refresh()

    def _build_draft(self, scenario: Scenario) -> PolicyDraft:
        """Build a draft that begins with a scenario.

        Raises InputError for a scenario that cannot be run.
        """
        self._check([scenario])
        draft = PolicyDraft.of(scenario)
        if scenario.name == "baseline":
            draft.title = "My policy"
        return draft

    def _remove_policy(self) -> None:
        """Remove the current policy."""
        del self.drafts[self.current]
        self.current = max(0, self.current - 1)
        self._refresh()

    def _restart_policy(self) -> None:
        """Restart the current policy from the selected built-in scenario or the loaded one."""
        start = self.drafts[self.current].start
        chosen = self.start.value
        self._replace(start if chosen == start.name else load_scenario(chosen))

    def _replace(self, scenario: Scenario) -> None:
        """Replace the current policy with a scenario."""
        self.drafts[self.current] = self._build_draft(scenario)
        self._refresh()

    def _add_use(self) -> None:
        """Add a use of the selected lever to the current policy.

        Raises InputError beyond :data:`.MOST_USES` uses.
        """
        draft = self.drafts[self.current]
        if len(draft.uses) >= MOST_USES:
            raise unusable("levers", found=len(draft.uses) + 1, allowed=f"at most {MOST_USES}")
        target = next(iter(build_target_options(LEVERS[self.lever.value], self.world).values()))
        draft.trails.append([build_use(self.lever.value, target, self.world)])
        self._refresh()

    def _remove_use(self, control: UseControls) -> None:
        """Remove a use of a lever from the current policy."""
        del self.drafts[self.current].trails[self.controls.index(control)]
        self._refresh()

    def _undo(self, control: UseControls) -> None:
        """Undo the last change of a use of a lever."""
        trail = self.drafts[self.current].trails[self.controls.index(control)]
        del trail[max(1, len(trail) - 1) :]
        self._refresh()

    def _reset(self, control: UseControls) -> None:
        """Reset a use of a lever to its first state; the reset can be undone."""
        trail = self.drafts[self.current].trails[self.controls.index(control)]
        self.drafts[self.current].note(self.controls.index(control), trail[0])
        self._refresh()

    def _load_file(self) -> None:
        """Replace the current policy with the scenario of the chosen file."""
        if self.file.value:
            self._replace(parse_scenario(self.file.value, str(self.file.filename or "the file")))
