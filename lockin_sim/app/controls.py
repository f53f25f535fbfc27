"""Controls of one use of a lever, made from what the lever declares: whom, when, and how far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
from markupsafe import escape

from lockin_sim.app.fields import CHOICE, NUMBER, Field, fields_of, target_options, without_terms
from lockin_sim.app.styles import button, card, small
from lockin_sim.levers import LEVERS
from lockin_sim.world import World

#: What an optional choice says where nothing is set.
AS_RECORDED = "As on record"

#: A slider ends at so many times its number where that is small beside what is allowed.
_ROOM = 10.0


class NumberControl:
    """A slider with a number to type beside it.

    value    as it was set, with all its digits: a slider shows it, but never rounds it
    changed  is called after every change by the person

    A number outside what is allowed stays as it was typed, for the message to name it.
    """

    def __init__(self, field: Field, label: str, value: float, changed: Callable[[], None]) -> None:
        self.value, self.changed, self._quiet = value, changed, False
        step = float(f"{field.step * (_end(field, value) - field.low) / (field.high - field.low):.1g}")
        self.slider = pn.widgets.FloatSlider(
            label=label, value=float(value), start=field.low, end=_end(field, value), step=step,
            show_value=False, sizing_mode="stretch_width", margin=(0, 0, 0, 10),
            stylesheets=[".bk-slider-title { white-space: normal; }"],
        )  # fmt: skip
        self.number = pn.widgets.FloatInput(
            label="Number", value=float(value), step=step, width=100, align="end", margin=(0, 10),
        )  # fmt: skip
        self.slider.param.watch(lambda event: self._taken(event.new, ended=False), "value")
        self.slider.param.watch(lambda event: self._taken(event.new), "value_throttled")
        self.number.param.watch(lambda event: self._taken(event.new), "value")
        self.panel = pn.Row(self.slider, self.number, sizing_mode="stretch_width", margin=0)

    def _taken(self, value: float | None, *, ended: bool = True) -> None:
        """Take what the person set, and let both parts show it.  ended: whether the slider was let go"""
        if self._quiet:
            return
        self._quiet = True
        try:
            self.value = self.value if value is None else value
            self.number.value = float(self.value)
            if self.slider.start <= self.value:
                self.slider.end = max(self.slider.end, self.value)
                self.slider.value = float(self.value)
        finally:
            self._quiet = False
        if ended:
            self.changed()


def _end(field: Field, value: float) -> float:
    """Where a slider ends: at what is allowed, or nearer where that is wide beside the number."""
    wide = 0 < value < field.high / 20 and field.low >= 0
    return min(field.high, _ROOM * value) if wide else field.high


class SettingControl:
    """One setting: a slider with a number to type, or a list; an optional number may be left as recorded.

    given    whether the file or the person set it
    changed  is called after every change
    """

    def __init__(self, field: Field, value: Any, given: bool, changed: Callable[[], None]) -> None:
        self.field, self.given, self.changed = field, given, changed
        self.switch: Any = None
        start = field.default if value is None else value
        self.input: Any
        if field.kind == NUMBER:
            label = "is set to" if field.optional else field.label
            self.input = NumberControl(field, label, field.low if start is None else start, self._moved)
            shown = self.input.panel
        else:
            options: dict[str, Any] = {"Yes": True, "No": False}
            options = dict(field.options) if field.kind == CHOICE else options
            if field.optional:
                options = {AS_RECORDED: None, **options}
            self.input = shown = pn.widgets.Select(
                label=field.label, options=options, value=start, sizing_mode="stretch_width"
            )
            self.input.param.watch(lambda event: self._moved(), "value")
        parts = [shown]
        self._shown = shown
        if field.kind == NUMBER and field.optional:
            self.switch = pn.widgets.Checkbox(label=field.label, value=given)
            shown.visible = given
            self.switch.param.watch(self._switched, "value")
            parts.insert(0, self.switch)
        note = small(escape(field.help))
        self.panel = pn.Column(*parts, note, sizing_mode="stretch_width", margin=(0, 0, 6, 0))

    def content(self) -> dict[str, Any]:
        """The setting as a file has it; nothing where it is left as it is."""
        value = self.input.value
        if self.switch is not None and not self.switch.value:
            return {}
        if value is None or (not self.given and value == self.field.default):
            return {}
        return {self.field.name: value}

    def _moved(self) -> None:
        """Note that a value was given."""
        self.given = self.given or self.input.value != self.field.default
        self.changed()

    def _switched(self, event: Any) -> None:
        """Note whether a value is given at all."""
        self._shown.visible = self.given = bool(event.new)
        self.changed()


class UseControls:
    """One use of a lever.

    use      as a file has it: lever, target, from, to and settings
    changed  is called after every change;  removed  with this, where somebody takes it away
    """

    def __init__(
        self,
        use: dict[str, Any],
        world: World,
        changed: Callable[[], None],
        removed: Callable[[UseControls], None],
    ) -> None:
        self.lever, self._changed = LEVERS[use["lever"]], changed
        targets = [use["target"]] if isinstance(use["target"], str) else list(use["target"])
        self._one = isinstance(use["target"], str)
        options = target_options(self.lever, world, targets)
        self.targets = pn.widgets.MultiChoice(  # which draws its options as HTML
            label="Whom it acts on", value=targets, sizing_mode="stretch_width",
            options={str(escape(title)): name for title, name in options.items()},
            search_option_limit=30,
        )  # fmt: skip
        first, last = world.present + 1, world.horizon(None)[1]
        if use["from"] < first:  # a thought experiment
            first = world.first_year
        if max(use["from"], use.get("to", last)) > last:  # beyond the years of the pictures, but there
            last = world.last_year
        self._last, self._ends = last, "to" in use
        self.years = pn.widgets.IntRangeSlider(
            label="Years", start=first, end=last, value=(use["from"], use.get("to", last)),
            sizing_mode="stretch_width", format="0",
        )  # fmt: skip
        self.settings = [
            SettingControl(field, use.get(field.name), field.name in use, changed)
            for field in fields_of(self.lever, world)
        ]
        self.targets.param.watch(lambda event: changed(), "value")
        self.years.param.watch(lambda event: changed(), "value_throttled")
        away = button("Remove this lever")
        away.on_click(lambda event: removed(self))
        self.panel = card(
            small(escape(without_terms(self.lever.doc))), *(control.panel for control in self.settings),
            self.targets, self.years, away, title=self.lever.title,
        )  # fmt: skip

    def content(self) -> dict[str, Any]:
        """The use as a file has it."""
        names = list(self.targets.value)
        target = names[0] if self._one and len(names) == 1 else names
        begins, ends = self.years.value
        said: dict[str, Any] = {"lever": self.lever.name, "target": target, "from": int(begins)}
        if self._ends or ends != self._last:
            said["to"] = int(ends)
        for control in self.settings:
            said |= control.content()
        return said
