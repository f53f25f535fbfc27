"""Controls from declarations, in the page's own style: what a lever may be set to, and whom it may act on."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import panel as pn
from markupsafe import escape

from lockin_sim.levers import FACTOR, LEVERS, Lever, Setting
from lockin_sim.prose import element
from lockin_sim.wording import opening, spoken
from lockin_sim.world import World
from lockin_sim.world.names import name_of, target_name

#: Of whatever fills the width that it has.
WIDE: dict[str, Any] = {"sizing_mode": "stretch_width"}


@cache
def text_of(name: str) -> str:
    """A file of the folder ``template``."""
    return (files("lockin_sim.app") / "template" / name).read_text(encoding="utf-8")


def html(text: str = "", margin: Any = 0, *, wide: bool = True) -> Any:
    """A pane of HTML."""
    how = WIDE if wide else {}
    return pn.pane.HTML(text, stylesheets=[text_of("parts.css")], margin=margin, **how)


def small(text: str) -> Any:
    """Small print beneath a control."""
    return html(element("app.small", text=text), (0, 10, 4, 10))


def abreast(*parts: Any, align: str = "start") -> Any:
    """Parts beside each other, in further lines where there is no room.

    Panel's own FlexBox evaluates text as JavaScript, which the page's Content-Security-Policy forbids.
    """
    flow = f":host {{ display: flex; flex-flow: row wrap; align-items: {align}; }}"
    return pn.Column(*parts, stylesheets=[flow], margin=0, **WIDE)  # a Row would ask for room for all


def card(*parts: Any, title: str, collapsed: bool = False) -> Any:
    """Some controls under a title, which folds them away."""
    return pn.Card(
        *parts,
        header=html(element("app.title", text=title), (2, 6), wide=False),
        collapsed=collapsed,
        stylesheets=[text_of("card.css")],
        margin=(0, 4, 10, 4),
        **WIDE,
    )


def button(label: str, does: Callable[[], None], *, first: bool = False) -> Any:
    """A button and what it does; first: what somebody who looks at this part will want."""
    kind = "primary" if first else "default"
    made = pn.widgets.Button(label=label, color=kind, stylesheets=[text_of("button.css")])
    made.on_click(lambda event: does())
    return made


def download(callback: Callable[[], io.StringIO], filename: str, label: str, **how: Any) -> Any:
    """A button that lets the browser save a file, which is made when it is clicked."""
    sheet = [text_of("button.css")]
    return pn.widgets.FileDownload(
        callback=callback, filename=filename, label=label, stylesheets=sheet, **how
    )


#: Steps of a slider from end to end, about.
STEPS = 100

#: Beginnings of units that say nothing beside a name.
_BARE = ("", "share", "factor", "utility", "logit")

NUMBER, CHOICE, YES_NO = "number", "choice", "yes or no"


class Field(NamedTuple):
    """One setting of a lever as a control.

    default  where nothing is set; None: as recorded, or none
    options  values by what people read, of a choice
    """

    name: str
    label: str
    help: str
    kind: str
    default: Any
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    options: Mapping[str, str] = {}

    @property
    def optional(self) -> bool:
        """Whether it may be left as it is on record."""
        return self.default is None


def lever_options() -> dict[str, str]:
    """Names of all levers by their titles, in the order of the alphabet."""
    return {each.title: name for name, each in sorted(LEVERS.items(), key=lambda pair: pair[1].title)}


def fields_of(lever: Lever, world: World) -> list[Field]:
    """The settings of a lever as controls, in the order of their declaration."""
    defaults = lever.defaults_in(world)
    return [
        _field(name, setting, lever.types[name], defaults[name], world)
        for name, setting in lever.settings.items()
    ]


def _field(name: str, setting: Setting, kind: type, default: Any, world: World) -> Field:
    """What asks for a setting."""
    unit = "" if setting.unit.startswith(_BARE[1:]) or not setting.unit else f", {setting.unit}"
    unit = ", times" if setting.unit == FACTOR else unit
    label, told = f"{opening(setting.title)}{unit}", _plainly(setting.doc)
    if kind is bool:
        return Field(name, label, told, YES_NO, default)
    if kind is str:
        words = by_title(setting.words(world), lambda word: _word(word, setting))
        return Field(name, label, told, CHOICE, default, options=words)
    step = step_of(setting.low, setting.high)
    return Field(name, label, told, NUMBER, default, setting.low, setting.high, step)


#: What is behind vendors, as the code calls it and as people do; the longest first.
_BEHIND = {"sponsor's": "state's or union's", "sponsors": "states or unions", "sponsor": "state or union"}


def without_terms(text: str) -> str:
    """A description from the code without a term that only the model's description explains."""
    for term, words in _BEHIND.items():
        text = text.replace(term, words).replace(term.capitalize(), words.capitalize())
    return text


def _plainly(doc: str) -> str:
    """The meaning of a setting in other words than those of the code: '0 changes nothing'."""
    said = re.sub(r"neutral (-?[\d.]+)", r"\1 changes nothing", doc).replace("(neutral)", "(changes nothing)")
    said = said.replace("unset: as recorded", "not set: as on record").replace("unset:", "not set:")
    return opening(without_terms(said))


def step_of(low: float, high: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, that divides a range into about STEPS."""
    size = (high - low) / STEPS
    power = 10.0 ** (int(f"{size:.6e}".partition("e")[2]))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9)))


def _word(word: str, setting: Setting) -> str:
    """A choice as people read it."""
    return opening(target_name(word) if setting.names_a_label else spoken(word))


def by_title(names: Iterable[str], called: Callable[[str], str]) -> dict[str, str]:
    """Options of a control, each name once; where two read alike the name stands behind what people read."""
    titles = {name: called(name) for name in names}
    often = Counter(titles.values())
    return {f"{title} ({name})" if often[title] > 1 else title: name for name, title in titles.items()}


def target_options(lever: Lever, world: World, used: Iterable[str] = ()) -> dict[str, str]:
    """Whom a lever may act on, by what people read: groups before economies, all of a sponsor before each.

    used  names that a use has, which are options too
    """
    match lever.target:
        case "country":
            names = [*world.group_names, *world.countries]
        case "vendor":
            names = _vendors(world)
        case kind:
            names = list({"sponsor": world.sponsors, "domain": world.domains, "body": world.body_names}[kind])
    return by_title([*names, *used], title_of)


def _vendors(world: World) -> list[str]:
    """Vendors of each sponsor, in all domains and in each; and each vendor, likewise."""
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


def title_of(target: str) -> str:
    """What a target is called in a list."""
    return opening(target_name(target))


def domain_options(world: World) -> dict[str, str]:
    """Domains by their names, as they open a line."""
    return by_title(world.domains, lambda domain: opening(name_of("domain", domain)))


def country_options(world: World) -> dict[str, str]:
    """Economies by their names, in the order of the alphabet."""
    return dict(sorted(by_title(world.countries, lambda code: name_of("country", code)).items()))


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
        note = small(field.help)
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
        away = button("Remove this lever", lambda: removed(self))
        self.panel = card(
            small(without_terms(self.lever.doc)), *(control.panel for control in self.settings),
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
