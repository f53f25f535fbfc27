"""The left side of the page: up to three policies, and controls of their levers from declarations."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import panel as pn
from markupsafe import escape

from lockin_sim.app.drafts import Draft, as_toml, new_use, scenario_of
from lockin_sim.app.session import FIRST, MOST_POLICIES, MOST_USES
from lockin_sim.errors import InputError, unusable
from lockin_sim.levers import FACTOR, LEVERS, Lever
from lockin_sim.policies import scenarios
from lockin_sim.prose import element
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.titles import OF_THOUGHT
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


def fields_of(lever: Lever, world: World) -> list[Field]:
    """The settings of a lever as controls, in the order of their declaration."""
    defaults, fields = lever.defaults_in(world), []
    for name, setting in lever.settings.items():
        unit = "" if setting.unit.startswith(_BARE[1:]) or not setting.unit else f", {setting.unit}"
        unit = ", times" if setting.unit == FACTOR else unit
        said = re.sub(r"neutral (-?[\d.]+)", r"\1 changes nothing", setting.doc)
        for term, words in _CODE.items():
            said = said.replace(term, words)
        label, told, kind = f"{opening(setting.title)}{unit}", opening(without_terms(said)), lever.types[name]
        if kind is bool:
            fields.append(Field(name, label, told, YES_NO, defaults[name]))
        elif kind is str:
            called = target_name if setting.names_a_label else spoken
            titles = {word: opening(called(word)) for word in setting.words(world)}
            options = by_title(titles, titles.__getitem__)
            fields.append(Field(name, label, told, CHOICE, defaults[name], options=options))
        else:
            ends = setting.low, setting.high
            fields.append(Field(name, label, told, NUMBER, defaults[name], *ends, step_of(*ends)))
    return fields


#: What the code says of settings, and what people do.
_CODE = {
    "(neutral)": "(changes nothing)", "unset: as recorded": "not set: as on record", "unset:": "not set:",
}  # fmt: skip

#: What is behind vendors, as the code calls it and as people do; the longest first.
_BEHIND = {"sponsor's": "state's or union's", "sponsors": "states or unions", "sponsor": "state or union"}


def without_terms(text: str) -> str:
    """A description from the code without a term that only the model's description explains."""
    for term, words in _BEHIND.items():
        text = text.replace(term, words).replace(term.capitalize(), words.capitalize())
    return text


def step_of(low: float, high: float) -> float:
    """A round step, 1, 2 or 5 times a power of ten, that divides a range into about STEPS."""
    size = (high - low) / STEPS
    power = 10.0 ** (int(f"{size:.6e}".partition("e")[2]))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9)))


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
        parts = [shown, small(field.help)]
        self._shown = shown
        if field.kind == NUMBER and field.optional:
            self.switch = pn.widgets.Checkbox(label=field.label, value=given)
            shown.visible = given
            self.switch.param.watch(self._switched, "value")
            parts.insert(0, self.switch)
        self.panel = pn.Column(*parts, margin=(0, 0, 6, 0), **WIDE)

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


#: What somebody may begin from who wants none of the built-in policies.
NOTHING = "Nothing: an empty policy"


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
        self.choose = pn.widgets.RadioButtonGroup(**WIDE, label="Policy", orientation="vertical")
        self.add = button("Add a policy to compare", self._guarded(self._add))
        self.remove = button("Remove this policy", self._guarded(self._remove))
        self.start = pn.widgets.Select(**WIDE, label="Begin with", options=self._starts)
        self.title = pn.widgets.TextInput(**WIDE, label="What it is called", max_length=100)
        levers = {LEVERS[name].title: name for name in sorted(LEVERS, key=lambda name: LEVERS[name].title)}
        self.lever = pn.widgets.Select(**WIDE, label="Another lever", options=levers)
        self.add_lever = button("Add this lever", self._guarded(self._add_use))
        self.file = pn.widgets.FileInput(**WIDE, accept=".toml")
        self.save = download(
            lambda: io.StringIO(as_toml(self.scenarios()[self.current])), "policy.toml", "Download as a file"
        )
        label = "The file as text, to copy or to paste"
        self.text = pn.widgets.TextAreaInput(**WIDE, label=label, rows=6, max_length=200_000)
        self.read = button(
            "Use this text",
            self._guarded(lambda: self._replace(scenario_of(self.text.value or "", "the text"))),
        )
        self.uses = pn.Column(sizing_mode="stretch_width", margin=0)
        for widget, does in (
            (self.choose, self._choose), (self.start, self._begin), (self.title, self._moved),
            (self.file, self._load),
        ):  # fmt: skip
            widget.param.watch(self._guarded(does), "value")
        share = card(
            small("The address of this page holds its policies: copy it to share them."), self.save,
            self.text, self.read, small("Load a file:"), self.file, title="Share or load", collapsed=True,
        )  # fmt: skip
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
        draft.title = self.title.value or ""
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
