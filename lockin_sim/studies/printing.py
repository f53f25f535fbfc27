"""Build tables for the terminal: results, and the declarations of the model."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table

from lockin_sim.common import notebook
from lockin_sim.common.errors import convert_to_int, resolve_name, resolve_names, unusable
from lockin_sim.common.files import check_path
from lockin_sim.common.formats import (
    UNDEFINED,
    count,
    distinguishing_digits,
    effect_digits,
    number,
    opening,
    quoted,
    rounded,
    signed,
    two_digits,
    unit_of,
    with_range,
)
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import Estimate
from lockin_sim.common.versions import check_version
from lockin_sim.comparisons.effects_reader import (
    EffectsReader,
    describe_run_differences,
    read_value,
)
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.model.measures import VARIABLES
from lockin_sim.runs.results import shown_years
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.settings.titles import OF_THOUGHT
from lockin_sim.world import FOLDER, load_world
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.schema import Folder, read_table

if TYPE_CHECKING:
    import xarray as xr


def build_terminal_table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Iterable[str]],
    *,
    whole: Collection[str] = (),
    numbers: Collection[str] = (),
    caption: str | None = None,
) -> Table:
    """Build a table with a bold title; title and caption are left-aligned.

    whole  heads of columns that never wrap;  numbers  heads of right-aligned columns
    """
    filled = Table(title=title, caption=caption, title_style="bold")
    filled.title_justify = filled.caption_justify = "left"
    for head in heads:
        filled.add_column(head, no_wrap=head in whole, justify="right" if head in numbers else "left")
    for row in rows:
        filled.add_row(*row)
    return filled


def format_level(level: Estimate[float]) -> str:
    """Format a level to two significant digits, with its range unless the range is a single value."""
    digits = distinguishing_digits(two_digits(level.mean), level.low, level.high)
    mean, low, high = (number(each, digits) for each in level)
    return mean if level.low == level.high else with_range(mean, low, high)


def format_ranged_effect(effect: Estimate[float], digits: int | None = None) -> str:
    """Format an effect with its range; a dash if undefined.  digits: None = all significant digits."""
    if not effect.known:
        return UNDEFINED
    mean, low, high = (signed(v, effect_digits(*effect) if digits is None else digits) for v in effect)
    return with_range(mean, low, high)


# --- a comparison ---


def build_levels_table(effects: xr.Dataset) -> Table:
    """Tabulate all outcomes of the first scenario in the years shown."""
    reader, years = EffectsReader(effects), shown_years(effects)
    first = reader.scenarios[0]
    rows = (
        (
            name,
            reader.label(name),
            reader.unit(name).beside,
            *(format_level(reader.level(first, name, year)) for year in years),
        )
        for name in reader.outcomes
    )
    of_years = [*map(str, years)]
    caption = f"Mean, and in brackets nine in ten of {effects.attrs['runs']} runs."
    heads = ("outcome", "meaning", "unit", *of_years)
    return build_terminal_table(
        reader.title(first), heads, rows, whole=("outcome", *of_years), numbers=of_years, caption=caption
    )


def describe_undefined_runs(effects: xr.Dataset) -> list[str]:
    """List a line for each outcome that is undefined in some runs in a year shown."""
    runs, lines = int(effects.attrs["runs"]), []
    used = effects["runs_used"].sel(year=shown_years(effects))
    for outcome in effects["outcome"].values:
        fewest = int(used.sel(outcome=outcome).min())
        if fewest < runs:
            label = effects["outcome_label"].sel(outcome=outcome).item()
            lines.append(f"{opening(label)}: undefined and left out in up to {runs - fewest} of {runs} runs")
    return lines


# --- a comparison at a glance ---


@dataclass(frozen=True, repr=False)
class Summary:
    """Selected effects of a comparison as text, and as a table in a notebook.

    sentence  explains the numbers
    heads     of the columns, the name of the scenario first
    rows      cells as written, the level of the baseline first, then effects
    """

    sentence: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        """Return the sentence, the meaning of the columns, and the table as text."""
        letters = [f"({chr(ord('a') + place)})" for place in range(len(self.heads) - 1)]
        named = [f"{letter} {head}" for letter, head in zip(letters, self.heads[1:], strict=True)]
        lines = [("", *letters), *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
            for line in lines
        ]
        return "\n".join([self.sentence, *named, "", *table])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the sentence and the table as HTML for notebooks."""
        return notebook.sentence(self.sentence) + "\n" + notebook.table(self.heads, self.rows)


@checks_keywords()
def summary(
    effects: xr.Dataset, outcomes: Sequence[str] | str | None = None, *, year: int | None = None
) -> Summary:
    """Summarise a comparison or a contrast, one row per policy or arm.

    The cells are effects with the range of nine in ten runs.
    effects   dataset of :func:`lockin_sim.compare` or :func:`lockin_sim.contrast`
    outcomes  name of an outcome, or several; None = the headlines of the case, or the first outcome; of a
              contrast all
    year      one of the years compared; None = the last

    Raises InputError for another dataset, or a name or year that the dataset does not have.
    """
    there = sorted(map(str, effects.data_vars)) if hasattr(effects, "data_vars") else effects
    arms = "arm" in getattr(effects, "dims", ())
    axes = {"arm" if arms else "scenario", "outcome", "year"}
    if there is effects or "effect_low" not in effects or not axes <= set(effects.dims):
        allowed = "a dataset of lockin_sim.compare or lockin_sim.contrast, with all its outcomes and years"
        raise unusable("summary", found=there, allowed=allowed)
    check_version("summary", effects.attrs)
    known, calendar = effects["outcome"].values.tolist(), effects["year"].values.tolist()
    chosen = None if outcomes is None else resolve_names("summary outcomes", outcomes, known)
    when = calendar[-1] if year is None else convert_to_int(year)
    if when is None or when not in calendar:
        allowed = f"one of {count(len(calendar), 'year')} from {calendar[0]} to {calendar[-1]}"
        raise unusable("summary year", found=year, allowed=allowed)
    return (_summarise_contrast if arms else _summarise_comparison)(effects, chosen, when)


def _summarise_comparison(effects: xr.Dataset, outcomes: Sequence[str] | None, year: int) -> Summary:
    """Summarise a comparison in one year.  outcomes: None = the headlines."""
    reader = EffectsReader(effects)
    chosen = list(reader.headlines if outcomes is None else outcomes)
    rows = [[reader.title(reader.baseline)], *([reader.marked(policy)] for policy in reader.others)]
    for name in chosen:
        rows[0].append(_format_level_with_present(reader, name, year))
        for row, policy in zip(rows[1:], reader.others, strict=True):
            row.append(_format_change(*reader.finding(policy, name, year).estimate))
    heads = (f"{opening(reader.label(name))}, {reader.unit(name).beside}" for name in chosen)
    return _build_summary(effects, year, reader.base, heads, rows)


def _summarise_contrast(effects: xr.Dataset, outcomes: Sequence[str] | None, year: int) -> Summary:
    """Summarise a contrast in one year, each outcome in each group of markets.  outcomes: None = all."""
    chosen = effects["outcome"].values if outcomes is None else outcomes
    base = str(effects.attrs["against"])
    arms = [base, *(str(arm) for arm in effects["arm"].values if arm != base)]
    groups = [{"group": g} for g in effects["group"].values] if "group" in effects.dims else [{}]
    rows, heads = [[arm] for arm in arms], []
    for at in ({"outcome": name, "year": year} | group for name in chosen for group in groups):
        unit = unit_of(str(read_value(effects, "outcome_unit", **at)))
        where = [str(read_value(effects, "group_label", **at))] if "group" in at else []
        heads.append(
            ", ".join([opening(str(read_value(effects, "outcome_label", **at))), *where, unit.beside])
        )
        rows[0].append(rounded(unit.factor * read_value(effects, "level", arm=base, **at)))
        for row, arm in zip(rows[1:], arms[1:], strict=True):
            names = ("effect", "effect_q05", "effect_q95")
            row.append(
                _format_change(*(unit.factor * read_value(effects, name, arm=arm, **at) for name in names))
            )
    return _build_summary(effects, year, quoted(base), heads, rows)


def _format_change(mean: float, low: float, high: float) -> str:
    """Format an effect and its range, with enough digits to distinguish the range from zero."""
    return with_range(*(signed(v, distinguishing_digits(1, low, high)) for v in (mean, low, high)))


def _build_summary(
    effects: xr.Dataset, year: int, base: str, heads: Iterable[str], rows: Iterable[Sequence[str]]
) -> Summary:
    """Build a summary with a sentence that explains its numbers.  base: baseline title for the sentence."""
    text = (
        f"{year}: level of {base}, then mean differences from it and the range of nine in ten of "
        f"{effects.attrs['runs']} paired runs."
    )
    return Summary(f"{text} {describe_run_differences(effects)}", ("", *heads), tuple(map(tuple, rows)))


def _format_level_with_present(reader: EffectsReader, name: str, year: int) -> str:
    """Format a level of the baseline, followed in brackets by the present level if ``year`` is later."""
    level = rounded(reader.level(reader.baseline, name, year).mean)
    if reader.present is None or year <= reader.present:
        return level
    return f"{level} ({reader.present}: {rounded(reader.level(reader.baseline, name, reader.present).mean)})"


# --- declarations of the model ---


def _build_declaration_table(title: str, heads: Sequence[str], rows: Iterable[Iterable[str]]) -> Table:
    """Build a table of text whose first column holds names of declared items and never wraps."""
    return build_terminal_table(title, heads, rows, whole=heads[:1])


def build_parameter_tables(folder: Path | None) -> list[Table]:
    """Tabulate every parameter: default, neutral value, bounds, range for sweeps, meaning, source."""
    heads = ("name", "title", "default", "neutral", "unit", "allowed", "range", "meaning", "source")
    rows = (
        (
            d.name,
            d.title,
            f"{d.default:g}",
            f"{d.neutral:g}",
            d.unit,
            d.valid.text,
            f"{d.range[0]:g} to {d.range[1]:g}",
            d.doc,
            d.source,
        )
        for d in collect_declarations().values()
    )
    return [_build_declaration_table("Parameters", heads, rows)]


def build_lever_tables(folder: Path | None) -> list[Table]:
    """Tabulate every lever with its kind of target, and its settings with unit and bounds."""
    rows = []
    for lever in LEVERS.values():
        rows.append((lever.name, lever.title, lever.target, "", "", "", lever.doc))
        for name, setting in lever.settings.items():
            kind = lever.types[name]
            allowed = "true or false" if kind is bool else ", ".join(setting.choices)
            if kind not in (bool, str):
                allowed = f"{setting.low:g} to {setting.high:g}"
            rows.append(("", setting.title, "", name, setting.unit, allowed, setting.doc))
    heads = ("lever", "title", "target", "setting", "unit", "allowed", "meaning")
    return [_build_declaration_table("Levers", heads, rows)]


def build_metric_tables(folder: Path | None) -> list[Table]:
    """Tabulate the variables of a dataset of ``simulate``."""
    rows = (
        (
            name,
            ", ".join(("run", "year", *v.axes)),
            v.unit,
            "always" if v.always else "on request",
            v.long_name,
        )
        for name, v in VARIABLES.items()
    )
    return [
        _build_declaration_table("Variables of simulate()", ("name", "axes", "unit", "when", "meaning"), rows)
    ]


def build_outcome_tables(folder: Path | None) -> list[Table]:
    """Tabulate the outcomes that ``compare``, ``sweep`` and ``evaluate`` measure."""
    known = outcomes(load_world(folder)).values()
    rows = ((each.name, each.unit, each.label, " ".join(each.doc.split())) for each in known)
    return [_build_declaration_table("Outcomes", ("name", "unit", "label", "meaning"), rows)]


def build_world_tables(folder: Path | None) -> list[Table]:
    """Tabulate the vendors, domains, bodies and economies of a world."""
    shown = load_world(folder)
    labels = {
        "vendors": shown.vendors,
        "standard families": shown.standards,
        "sponsors": shown.sponsors,
        "standards bodies": shown.body_names,
        "groups of markets": shown.group_names,
    }
    title = f"World: {shown.name}, {shown.first_year} on; facts until {shown.facts_until}"
    named = ((what, str(len(names)), ", ".join(names)) for what, names in labels.items())
    size = shown.conditions.at(shown.facts_until - shown.first_year).market_size.sum(axis=-1)
    bought = []
    for d, domain in enumerate(shown.domains):
        sold = ", ".join(shown.vendors[v] for v in shown.slot_vendor[d] if v >= 0)
        flags = ("yes" if flag[d] else "no" for flag in (shown.sensitive, shown.financeable))
        bought.append((domain, f"{size[d]:.1f}", f"{shown.lifetime[d]:g}", *flags, sold))
    market = f"market {shown.facts_until}, bn USD"
    heads = ("domain", market, "lifetime, years", "can be restricted", "can be financed", "vendors")
    regions = dict[tuple[str, str], list[str]]()
    called, columns = dict[str, str](), ("name", "region", "subregion")
    for code, name, *region in read_table("countries", folder).rows(*columns):
        called[code] = name
        regions.setdefault(tuple(region), []).append(code)
    economies = (
        (*region, ", ".join(f"{c} {called[c]}" for c in shown.countries if c in codes))
        for region, codes in sorted(regions.items())
    )
    of_regions = f"Economies, {len(shown.countries)}: code and name"
    return [
        _build_declaration_table(title, ("what", "number", "names"), named),
        _build_declaration_table(of_regions, ("region", "subregion", "economies"), economies),
        _build_declaration_table("Domains", heads, bought),
    ]


def build_scenario_tables(folder: Path | None = None) -> list[Table]:
    """Tabulate the built-in scenarios by subject: question, decisive assumption, first year and source."""
    groups, present = dict[str, list[tuple[str, ...]]](), load_bundled_case().years.present
    for each in map(load_scenario, scenarios()):
        begins = "" if each.begins is None else str(each.begins)
        begins += f": {OF_THOUGHT}" * each.is_thought_experiment(present)
        row = (each.name, each.question, each.assumption, begins, " ".join(each.source.split()))
        groups.setdefault(each.group, []).append(row)
    heads, none = ("name", "question", "what decides", "begins", "why these sizes"), load_scenario("baseline")
    return [
        _build_declaration_table(group or opening(none.called), heads, rows)
        for group, rows in sorted(groups.items())
    ]


#: Topics of ``lockin describe``, for editors to complete; others are refused at run time.
type Topic = Literal["parameters", "levers", "metrics", "outcomes", "scenarios", "world"]

#: Functions of the folder of a world's tables, None = the bundled ones.
TOPICS: dict[str, Callable[[Path | None], list[Table]]] = {
    "parameters": build_parameter_tables,
    "levers": build_lever_tables,
    "metrics": build_metric_tables,
    "outcomes": build_outcome_tables,
    "scenarios": build_scenario_tables,
    "world": build_world_tables,
}


class DescriptionTables(tuple[Table, ...]):
    """Tables that print as `lockin describe` does, and display as tables in a notebook."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return all tables as text, 120 characters wide."""
        console = Console(file=io.StringIO(), highlight=False, markup=False, width=120)
        with console.capture() as captured:
            console.print(*self)
        return captured.get()

    __repr__ = __str__

    def rows(self) -> list[dict[str, str]]:
        """List every row of every table as a dictionary by column head, as ``pandas.DataFrame`` accepts."""
        return [row for table in self for row in _list_table_rows(table)]

    def _repr_html_(self) -> str:
        """Return all tables as HTML for notebooks."""
        parts = []
        for table in self:
            heads = [str(column.header) for column in table.columns]
            cells = [list(row.values()) for row in _list_table_rows(table)]
            parts += [
                notebook.sentence(str(table.title)),
                notebook.table(heads, cells, words=range(len(heads))),
            ]
        return "\n".join(parts)


def _list_table_rows(table: Table) -> list[dict[str, str]]:
    """List the rows of a table as dictionaries by column head."""
    heads = [str(column.header) for column in table.columns]
    columns = ([str(cell) for cell in column.cells] for column in table.columns)
    return [dict(zip(heads, row, strict=True)) for row in zip(*columns, strict=True)]


@checks_keywords()
def describe(topic: Topic, *, world: str | Path | None = None) -> DescriptionTables:
    """List the declarations of the model, as `lockin describe` does.

    topic  "parameters", "levers", "metrics", "outcomes", "scenarios" or "world"
    world  folder with the tables of a world; None = the bundled one

    Returns tables that print, show in a notebook, and give ``rows()`` for ``pandas.DataFrame``.
    Raises InputError for another topic, or a folder that is no world.
    """
    name = resolve_name("topic", found=topic, known=TOPICS)
    folder = None if world is None else check_path("world", world, FOLDER)
    Folder.of(folder)  # also for topics that are the same in all worlds
    return DescriptionTables(TOPICS[name](folder))
