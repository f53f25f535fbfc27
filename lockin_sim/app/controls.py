"""Controls of levers built from their declarations: sliders and lists, marked with recorded values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import panel as pn
from markupsafe import escape

from lockin_sim.app.parts import (
    WIDE,
    build_button,
    build_card,
    build_flow_row,
    build_html_pane,
    build_small_print,
)
from lockin_sim.common.errors import InputError
from lockin_sim.common.formats import joined, number, opening, spoken
from lockin_sim.common.prose import render_element
from lockin_sim.settings.levers import FACTOR, LEVERS, Lever
from lockin_sim.settings.levers.use import LeverUse
from lockin_sim.settings.scenario import Scenario
from lockin_sim.settings.titles import OF_THOUGHT
from lockin_sim.world import Conditions, World
from lockin_sim.world.names import format_label, format_lever_target

#: Steps of a slider from end to end, about.
STEPS = 100

NUMBER, CHOICE, YES_NO = "number", "choice", "yes or no"


#: Units in words, where what is declared is a term.
_WORDS = {"utility": "units of utility", "logit": "(log odds)"}


class ControlField(NamedTuple):
    """Declaration of one setting of a lever as a control.

    default  value without a setting; None: as recorded, or none
    unit     declared unit of a number
    options  for a choice: values by displayed text
    """

    name: str
    label: str
    help: str
    kind: str
    default: Any
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    unit: str = ""
    options: Mapping[str, str] = {}

    @property
    def optional(self) -> bool:
        """Whether the setting may be left as recorded."""
        return self.default is None

    def shown(self, value: float) -> str:
        """Format a value with its unit: '1.1 % per year', '× 1.5', '7 years'."""
        part = self.unit.startswith("share") or (self.unit == "per year" and self.low >= 0)
        size = 100 * value if part else value
        digits = next((d for d in range(3) if abs(round(size, d) - size) < 1e-9), 3)
        text, unit = number(size, digits), self.unit.removeprefix("share").strip()
        if unit == FACTOR:
            return f"\N{MULTIPLICATION SIGN} {text}"
        unit = f"% {unit}".strip() if part else _WORDS.get(unit, unit)
        return joined(text, unit)


def build_fields(lever: Lever, world: World) -> list[ControlField]:
    """Build the control fields of a lever's settings, in the order of declaration."""
    defaults, fields = lever.defaults_in(world), []
    for name, setting in lever.settings.items():
        said = re.sub(r"neutral (-?[\d.]+)", r"\1 changes nothing", setting.doc)
        for term, words in _CODE.items():
            said = said.replace(term, words)
        label, explained, kind = opening(setting.title), opening(replace_terms(said)), lever.types[name]
        if kind is bool:
            fields.append(ControlField(name, label, explained, YES_NO, defaults[name]))
        elif kind is str:
            called = format_lever_target if setting.names_a_label else spoken
            titles = {word: opening(called(word)) for word in setting.words(world)}
            options = build_options(titles, titles.__getitem__)
            fields.append(ControlField(name, label, explained, CHOICE, defaults[name], options=options))
        else:
            ends = setting.low, setting.high
            about = (*ends, compute_step(*ends), setting.unit)
            fields.append(ControlField(name, label, explained, NUMBER, defaults[name], *about))
    return fields


#: What the code says of settings, and what people do.
_CODE = {
    "(neutral)": "(changes nothing)",
    "unset: as recorded": "not set: as on record",
    "unset:": "not set:",
}

#: What is behind vendors, as the code calls it and as people do; the longest first.
_BEHIND = {"sponsor's": "state's or union's", "sponsors": "states or unions", "sponsor": "state or union"}


def replace_terms(text: str) -> str:
    """Replace the term "sponsor" in a description by "state or union"."""
    for term, words in _BEHIND.items():
        text = text.replace(term, words).replace(term.capitalize(), words.capitalize())
    return text


def compute_step(low: float, high: float) -> float:
    """Compute a round step, 1, 2 or 5 times a power of ten, that divides a range into about STEPS."""
    size = (high - low) / STEPS
    power = 10.0 ** (int(f"{size:.6e}".partition("e")[2]))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9)))


def build_options(names: Iterable[str], called: Callable[[str], str]) -> dict[str, str]:
    """Build options of a control: names by title.

    Names with equal titles have the name appended to the title.
    """
    titles = {name: called(name) for name in names}
    often = Counter(titles.values())
    return {f"{title} ({name})" if often[title] > 1 else title: name for name, title in titles.items()}


def build_target_options(lever: Lever, world: World, used: Iterable[str] = ()) -> dict[str, str]:
    """Build the possible targets of a lever, by title.

    Groups come before economies, and all vendors of a sponsor before single vendors.
    used  names that a use already has, which are options too
    """
    match lever.target:
        case "country":
            names = [*world.group_names, *world.countries]
        case "vendor":
            names = _list_vendor_targets(world)
        case kind:
            names = list({"sponsor": world.sponsors, "domain": world.domains, "body": world.body_names}[kind])
    return build_options([*names, *used], format_target)


def _list_vendor_targets(world: World) -> list[str]:
    """List vendor targets: each sponsor's and each vendor's, in all domains and in each domain."""
    used = np.argwhere(world.slot_vendor >= 0)
    offered = [(world.vendors[world.slot_vendor[d, s]], world.slot_sponsor[d, s], d) for d, s in used]
    names: dict[str, None] = {}
    for sponsor in range(len(world.sponsors)):
        whose = f"sponsor:{world.sponsors[sponsor]}"
        domains = sorted({int(d) for _, owner, d in offered if owner == sponsor})
        names |= dict.fromkeys([whose, *(f"{whose}/{world.domains[d]}" for d in domains)] if domains else [])
    for vendor in dict.fromkeys(vendor for vendor, _, _ in offered):
        domains = [int(d) for v, _, d in offered if v == vendor]
        several = [f"{vendor}/{world.domains[d]}" for d in domains] if len(domains) > 1 else []
        names |= dict.fromkeys([vendor, *several])
    return list(names)


def format_target(target: str) -> str:
    """Return the title of a target in a list."""
    return opening(format_lever_target(target))


def build_domain_options(world: World) -> dict[str, str]:
    """Build the options of domains: codes by capitalised name."""
    return build_options(world.domains, lambda domain: opening(format_label("domain", domain)))


def build_country_options(world: World) -> dict[str, str]:
    """Build the options of economies: codes by name, in alphabetical order."""
    return dict(sorted(build_options(world.countries, lambda code: format_label("country", code)).items()))


#: What an optional choice says where nothing is set.
AS_RECORDED = "As on record"

#: A slider ends at so many times its number where that is small beside what is allowed.
_ROOM = 10.0


class NumberControl:
    """A slider and a numeric input of one value.

    value    the value as set, with all its digits: the slider shows the value without rounding it
    changed  is called after every change by the visitor: with False while a slider is still moved

    A number outside the allowed range stays as typed, so that the message can name it.
    """

    def __init__(self, field: ControlField, value: float, changed: Callable[[bool], None]) -> None:
        self.field, self.value, self.changed, self._quiet = field, value, changed, False
        self._settled = value  # the last one that was not passed over
        step = float(
            f"{field.step * (_compute_slider_end(field, value) - field.low) / (field.high - field.low):.1g}"
        )
        self.slider = pn.widgets.FloatSlider(
            label=field.label,
            value=float(value),
            start=field.low,
            end=_compute_slider_end(field, value),
            step=step,
            sizing_mode="stretch_width",
            margin=(0, 0, 0, 10),
            show_value=False,
        )
        self.number = pn.widgets.FloatInput(
            label=f"{field.label}, as a number",
            value=float(value),
            step=step,
            width=100,
            align="end",
            margin=(0, 10),
            stylesheets=[UNSEEN],
        )
        self.title, self._marked = build_html_pane(margin=(4, 10, 0, 10)), tuple[float, ...]()
        self._update_display()
        self.slider.param.watch(lambda event: self._taken(event.new, ended=False), "value")
        self.slider.param.watch(lambda event: self._taken(event.new), "value_throttled")
        self.number.param.watch(lambda event: self._taken(event.new), "value")
        beside = pn.Row(self.slider, self.number, sizing_mode="stretch_width", margin=0)
        self.panel = pn.Column(self.title, beside, margin=0, **WIDE)

    def mark(self, *values: float) -> None:
        """Mark recorded values on the slider, from the smallest to the largest."""
        self._marked = values
        self._update_display()

    def _update_display(self) -> None:
        """Update the displayed value with its unit, and the marks on the slider."""
        low, high = self.slider.start, self.slider.end
        places = [100 * (min(max(value, low), high) - low) / (high - low) for value in self._marked]
        marks = MARK.format(least=min(places), most=max(places)) if places else ""
        self.slider.stylesheets = [UNSEEN, marks]
        self.title.object = render_element(
            "app.setting", label=self.field.label, value=self.field.shown(self.value)
        )

    def _taken(self, value: float | None, *, ended: bool = True) -> None:
        """Store a value set by the visitor, and report the change.

        ended  whether the slider was released
        """
        if not self._quiet:
            self.show(self.value if value is None else value)
            ended = ended or self.value == self._settled  # back where it was: nothing follows
            self._settled = self.value if ended else self._settled
            self.changed(ended)

    def show(self, value: float) -> None:
        """Show a value in slider and input without reporting a change."""
        self._quiet = True
        try:
            self.value = value
            self.number.value = float(value)
            if self.slider.start <= self.value:
                self.slider.end = max(self.slider.end, self.value)
                self.slider.value = float(self.value)
            self._update_display()
        finally:
            self._quiet = False


#: Titles of controls that are there for who does not see the page.
UNSEEN = """
label, .bk-slider-title {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}"""

#: A mark on a slider, from one part of its length to another.
MARK = """
.noUi-base::before {{ content: ""; position: absolute; z-index: 1; top: -4px; height: calc(100% + 8px);
  left: {least:.2f}%; width: calc({most:.2f}% - {least:.2f}% + 2px); margin-left: -1px; background: #b4490f;
  pointer-events: none; }}"""


def _compute_slider_end(field: ControlField, value: float) -> float:
    """Compute the end of a slider: the allowed maximum, or ten times a comparatively small value."""
    wide = 0 < value < field.high / 20 and field.low >= 0
    return min(field.high, _ROOM * value) if wide else field.high


def find_recorded_range(use: Mapping[str, Any], field: ControlField, world: World) -> tuple[float, ...]:
    """Return the least and largest recorded value of a setting among a use's targets in its first year.

    A lever sets conditions in proportion to a setting that may be left as recorded: interpolation between the
    conditions at both ends of its range gives the value that leaves recorded conditions unchanged.  Returns
    (default,) for a setting with a default, and () if it changes no condition or targets are incomplete.
    """
    if not field.optional:
        return (field.default,)
    year, none = use["from"], Scenario.none()
    span = (world.first_year, max(year, world.first_year + 1))
    about: dict[str, Any] = {"lever": use["lever"], "target": use["target"], "from": year, "to": year}

    def under(end: float) -> Conditions:
        """Return the conditions of the first year with the setting alone at an end of its range."""
        alone = LeverUse(**about | {field.name: end})
        return none.model_copy(update={"levers": (alone,)}).conditions(world, span).at(year - span[0])

    try:
        low, high = under(field.low), under(field.high)
    except InputError:  # of targets that are still being chosen
        return ()
    base, numbers = none.conditions(world, span).at(year - span[0]), list[float]()
    for name, values in vars(base).items():
        ends = getattr(low, name), getattr(high, name)
        moved = ends[0] != ends[1]
        if np.any(moved):
            part = (values - ends[0])[moved] / (ends[1] - ends[0])[moved]
            numbers += (field.low + part * (field.high - field.low)).tolist()
    return (min(numbers), max(numbers)) if numbers else ()


class SettingControl:
    """Control of one setting: a slider with a numeric input, or a list.

    An optional number has a checkbox, and may be left as recorded.

    given    whether the file or the visitor set the value
    changed  is called after every change: with False while a slider is still moved
    """

    def __init__(self, field: ControlField, value: Any, on: bool, changed: Callable[[bool], None]) -> None:
        self.field, self.given, self.changed = field, on, changed
        self.switch: Any = None
        start = field.default if value is None else value
        self.input: Any
        if field.kind == NUMBER:
            self.input = NumberControl(field, field.low if start is None else start, self._moved)
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
        self._shown, self._help = shown, build_small_print(field.help)
        parts = [shown, self._help]
        if field.kind == NUMBER and field.optional:
            called = f"Set the {field.label[:1].lower()}{field.label[1:]}"
            self.switch = pn.widgets.Checkbox(label=called, value=on)
            shown.visible = on
            self.switch.param.watch(self._toggle, "value")
            parts.insert(0, self.switch)
        self.panel = pn.Column(*parts, margin=(0, 0, 6, 0), **WIDE)

    def mark(self, values: Sequence[float]) -> None:
        """Mark recorded values on a numeric control, and name them in an optional setting's help.

        An optional number not yet set begins at the first recorded value.
        """
        if self.field.kind != NUMBER:
            return
        self.input.mark(*values)
        if self.switch is not None and values:
            if not self.given:
                self.input.show(values[0])
            ends = [self.field.shown(value) for value in dict.fromkeys(values)]
            text = f"{self.field.help}. On record: {' to '.join(ends)}."
            self._help.object = render_element("app.small", text=text)

    def content(self) -> dict[str, Any]:
        """Return the setting as an entry of a file; an empty dictionary for an unset setting."""
        value = self.input.value
        if self.switch is not None and not self.switch.value:
            return {}
        if value is None or (not self.given and value == self.field.default):
            return {}
        return {self.field.name: value}

    def _moved(self, done: bool = True) -> None:
        """Note whether the value differs from the default, and report the change."""
        self.given = self.given or self.input.value != self.field.default
        self.changed(done)

    def _toggle(self, event: Any) -> None:
        """Show or hide the input after a click on the checkbox, and report the change."""
        self._shown.visible = self.given = bool(event.new)
        self.changed(True)


class UseControls:
    """Controls of one use of a lever.

    use      as in a file: lever, target, from, to and settings
    changed  is called after every change: with False while a slider is still moved
    acts     actions of the buttons, by label; each is called with this object
    """

    def __init__(
        self,
        use: dict[str, Any],
        world: World,
        changed: Callable[[bool], None],
        acts: Mapping[str, Callable[[UseControls], None]],
    ) -> None:
        self.lever, self._changed, self._world = LEVERS[use["lever"]], changed, world
        targets = [use["target"]] if isinstance(use["target"], str) else list(use["target"])
        self._one = isinstance(use["target"], str)
        options = build_target_options(self.lever, world, targets)
        self.targets = pn.widgets.MultiChoice(  # which draws its options as HTML
            label="Whom it acts on",
            value=targets,
            sizing_mode="stretch_width",
            options={str(escape(title)): name for title, name in options.items()},
            search_option_limit=30,
        )
        first, last = world.present + 1, world.horizon(None)[1]
        earlier = use["from"] < first
        if earlier:
            first = world.first_year
        if max(use["from"], use.get("to", last)) > last:  # beyond the years of the pictures, but there
            last = world.last_year
        self._last, self._ends = last, "to" in use
        self.years = pn.widgets.IntRangeSlider(
            label="Years",
            start=first,
            end=last,
            value=(use["from"], use.get("to", last)),
            sizing_mode="stretch_width",
            format="0",
        )
        self.settings = [
            SettingControl(field, use.get(field.name), field.name in use, changed)
            for field in build_fields(self.lever, world)
        ]
        self.targets.param.watch(self._moved, "value")
        self.years.param.watch(self._moved, "value_throttled")
        self.buttons = {label: build_button(label, partial(act, self)) for label, act in acts.items()}
        past = (
            [build_small_print(f"Begins before {world.present + 1}. {opening(OF_THOUGHT)}.")]
            if earlier
            else []
        )
        self.panel = build_card(
            build_small_print(replace_terms(self.lever.doc)),
            *(control.panel for control in self.settings),
            self.targets,
            self.years,
            *past,
            build_flow_row(*self.buttons.values()),
            title=self.lever.title,
        )
        self._mark_recorded()

    def _moved(self, event: Any) -> None:
        """Update the recorded values after a change of targets or years, and report the change."""
        self._mark_recorded()
        self._changed(True)

    def _mark_recorded(self) -> None:
        """Mark the recorded values of the targets in the first year on all settings."""
        use = self.content()
        for control in self.settings:
            control.mark(
                find_recorded_range(use, control.field, self._world) if control.field.kind == NUMBER else ()
            )

    def content(self) -> dict[str, Any]:
        """Return the use as an entry of a file."""
        names = list(self.targets.value)
        target = names[0] if self._one and len(names) == 1 else names
        begins, ends = self.years.value
        said: dict[str, Any] = {"lever": self.lever.name, "target": target, "from": int(begins)}
        if self._ends or ends != self._last:
            said["to"] = int(ends)
        for control in self.settings:
            said |= control.content()
        return said
