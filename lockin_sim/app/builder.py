"""The left side of the page: up to three policies, each begun from a built-in one, a file or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from lockin_sim.app.controls import (
    UseControls,
    abreast,
    button,
    card,
    download,
    lever_options,
    small,
    target_options,
)
from lockin_sim.app.drafts import Draft, as_toml, new_use, scenario_of
from lockin_sim.app.session import FIRST, MOST_POLICIES, MOST_USES
from lockin_sim.errors import InputError, unusable
from lockin_sim.levers import LEVERS
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.titles import OF_THOUGHT
from lockin_sim.world import World

#: What somebody may begin from who wants none of the built-in policies.
NOTHING = "Nothing: an empty policy"


def _stretched(kind: Any, **how: Any) -> Any:
    """A part of the page as wide as there is room."""
    return kind(sizing_mode="stretch_width", **how)


def _listed(scenario: Scenario, world: World) -> str:
    """What a scenario is called in a list, and whether it is a thought experiment."""
    mark = f" ({OF_THOUGHT})" if scenario.is_thought_experiment(world.present) else ""
    return f"{scenario.called}{mark}"


class Builder:
    """The policies and their controls.

    begun    policies that it begins with
    check    raises InputError for policies that cannot be run: no control is made of anything else
    changed  is called with the scenarios after every change;  tell  with a message of what cannot be used
    """

    def __init__(
        self,
        world: World,
        begun: Sequence[Scenario],
        check: Callable[[Sequence[Scenario]], object],
        changed: Callable[[list[Scenario]], None],
        tell: Callable[[str], None],
    ) -> None:
        self.world, self._check, self._changed, self._tell = world, check, changed, tell
        self.current, self._quiet = 0, False
        check(begun)
        self.drafts = [self._draft(scenario) for scenario in begun]
        self.controls: list[UseControls] = []
        built_in = {_listed(load_scenario(name), world): name for name in scenarios() if name != "baseline"}
        self._starts = {NOTHING: "baseline"} | dict(sorted(built_in.items()))
        self.choose = _stretched(pn.widgets.RadioButtonGroup, label="Policy", orientation="vertical")
        self.add = button("Add a policy to compare", self._guarded(self._add))
        self.remove = button("Remove this policy", self._guarded(self._remove))
        self.start = _stretched(pn.widgets.Select, label="Begin with", options=self._starts)
        self.title = _stretched(pn.widgets.TextInput, label="What it is called", max_length=100)
        self.lever = _stretched(pn.widgets.Select, label="Another lever", options=lever_options())
        self.add_lever = button("Add this lever", self._guarded(self._add_use))
        self.file = _stretched(pn.widgets.FileInput, accept=".toml")
        self.save = download(self._file, "policy.toml", "Download as a file")
        label = "The file as text, to copy or to paste"
        self.text = _stretched(pn.widgets.TextAreaInput, label=label, rows=6, max_length=200_000)
        self.read = button("Use this text", self._guarded(self._paste))
        self.uses = pn.Column(sizing_mode="stretch_width", margin=0)
        for widget, does in (
            (self.choose, self._choose), (self.start, self._begin), (self.title, self._moved),
            (self.file, self._load),
        ):  # fmt: skip
            widget.param.watch(self._guarded(does), "value")
        link = small("The address of this page holds its policies: copy it to share them.")
        parts = (link, self.save, self.text, self.read, small("Load a file:"), self.file)
        share = card(*parts, title="Share or load", collapsed=True)
        self.panel = pn.Column(
            self.choose, abreast(self.add, self.remove), self.start, self.title, self.uses,
            self.lever, self.add_lever, share, sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.show()

    def scenarios(self) -> list[Scenario]:
        """All policies as they stand.  Raises InputError for what cannot be used."""
        found: list[Scenario] = []
        for draft in self.drafts:
            found.append(draft.scenario([scenario.name for scenario in found]))
        return found

    def show(self) -> None:
        """Put the current policy into the controls."""
        self._quiet = True
        try:
            titles = {f"{n + 1}. {draft.title}": n for n, draft in enumerate(self.drafts)}
            self.choose.param.update(options=titles, value=self.current)
            self.choose.visible = self.remove.visible = len(self.drafts) > 1
            self.add.visible = len(self.drafts) < MOST_POLICIES
            draft = self.drafts[self.current]
            begun = draft.start.name
            title = f"{_listed(draft.start, self.world)} (as loaded)"
            loaded = {} if begun in self._starts.values() else {title: begun}
            self.start.param.update(options=loaded | self._starts, value=begun)
            self.title.value = draft.title
            self.controls = [
                UseControls(use, self.world, self._moved, self._remove_use) for use in draft.uses
            ]
            self.uses.objects = [control.panel for control in self.controls]
        finally:
            self._quiet = False

    def _guarded(self, does: Callable[[], None]) -> Callable[..., None]:
        """Do something, and tell what cannot be done; nothing while the page is drawn."""

        def guarded(*events: Any) -> None:
            """What a control calls."""
            if not self._quiet:
                try:
                    does()
                except InputError as error:
                    self._tell(str(error))

        return guarded

    def _moved(self) -> None:
        """Take the controls over into the draft, and say so."""
        draft = self.drafts[self.current]
        draft.title = self.title.value
        draft.uses = [control.content() for control in self.controls]
        self.say()

    def say(self) -> None:
        """Hand the scenarios on, or say what is wrong with them."""
        try:
            made = self.scenarios()
            self.text.value = as_toml(made[self.current])
            self.save.filename = f"{made[self.current].name}.toml"
            self._changed(made)
        except InputError as error:
            self._tell(str(error))

    def _choose(self) -> None:
        """Show another policy."""
        self.current = int(self.choose.value)
        self._shown()

    def _shown(self) -> None:
        """Show the policies as they now are, and hand them on."""
        self.show()
        self.say()

    def _add(self) -> None:
        """Add the first policy with which none has begun yet."""
        begun = {draft.start.name for draft in self.drafts}
        name = next((name for name in FIRST if name not in begun), "baseline")
        self.drafts.append(self._draft(load_scenario(name)))
        self.current = len(self.drafts) - 1
        self._shown()

    def _draft(self, scenario: Scenario) -> Draft:
        """A draft that begins with a scenario.  Raises InputError for one that cannot be run."""
        self._check([scenario])
        made = Draft.of(scenario)
        if scenario.name == "baseline":
            made.title = "My policy"
        return made

    def _remove(self) -> None:
        """Take the policy out."""
        del self.drafts[self.current]
        self.current = max(0, self.current - 1)
        self._shown()

    def _begin(self) -> None:
        """Begin the policy anew: with a built-in one, or with what was loaded."""
        start = self.drafts[self.current].start
        chosen = self.start.value
        self._replace(start if chosen == start.name else load_scenario(chosen))

    def _replace(self, scenario: Scenario) -> None:
        """Put another scenario in the place of the policy."""
        self.drafts[self.current] = self._draft(scenario)
        self._shown()

    def _add_use(self) -> None:
        """Add a use of the lever that is chosen."""
        draft = self.drafts[self.current]
        if len(draft.uses) >= MOST_USES:
            raise unusable("levers", found=len(draft.uses) + 1, allowed=f"at most {MOST_USES}")
        target = next(iter(target_options(LEVERS[self.lever.value], self.world).values()))
        draft.uses.append(new_use(self.lever.value, target, self.world))
        if draft.title == draft.start.called:
            draft.title = f"{draft.title}, changed"[:100]
        self._shown()

    def _remove_use(self, control: UseControls) -> None:
        """Take a use of a lever out."""
        position = self.controls.index(control)
        del self.drafts[self.current].uses[position]
        self._shown()

    def _load(self) -> None:
        """Take the policy from a file."""
        if self.file.value:
            self._replace(scenario_of(self.file.value, str(self.file.filename or "the file")))

    def _paste(self) -> None:
        """Take the policy from a text."""
        self._replace(scenario_of(self.text.value, "the text"))

    def _file(self) -> io.StringIO:
        """The current policy for the browser to save."""
        return io.StringIO(as_toml(self.scenarios()[self.current]))
