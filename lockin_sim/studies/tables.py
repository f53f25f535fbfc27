"""Results as tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from lockin_sim.reader import Reader, estimate, shown_years
from lockin_sim.statistics import Estimate
from lockin_sim.studies.pairing import histories_said
from lockin_sim.studies.registry import GROUPS, headlines
from lockin_sim.studies.terminal import titled
from lockin_sim.wording import effect_digits, number, opening, signed
from lockin_sim.world.case import case_of
from lockin_sim.world.names import adjective, group_name, name_of

if TYPE_CHECKING:
    import xarray as xr


def level_text(level: Estimate[float]) -> str:
    """A level with its range."""
    return f"{number(level.mean)} [{number(level.low)}, {number(level.high)}]"


def effect_text(effect: Estimate[float]) -> str:
    """An effect with its interval."""
    digits = effect_digits(*effect)
    mean, low, high = (signed(value, digits) for value in effect)
    return f"{mean} [{low}, {high}]"


def short_text(level: Estimate[float], effect: Estimate[float] | None) -> str:
    """A level, and in brackets the difference from the baseline; a star where its interval excludes zero."""
    if effect is None:
        return number(level.mean)
    star = "*" if effect.distinct else ""
    return f"{number(level.mean)} ({signed(effect.mean, effect_digits(*effect))}{star})"


def _table(title: str, caption: str, columns: Sequence[str]) -> Table:
    """An empty table of the terminal with a row for each scenario."""
    table = titled(title, caption)
    table.add_column("scenario", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def comparison_tables(effects: xr.Dataset) -> list[Table]:
    """A comparison: spread of the standard with intervals; who carries it; whose vendors; lock-in; bodies."""
    reader = Reader(effects)
    runs = f"{effects.attrs['runs']} paired runs"
    heads = [o for o in reader.outcomes if o in headlines(case_of(effects.attrs))] or reader.outcomes[:1]
    tables = [_headline(reader, name, year, runs) for name in heads for year in shown_years(effects)]
    last = shown_years(effects)[-1]
    caption = f"Mean of {runs}; in brackets the difference in points, * its 95 % interval excludes zero."
    caption = " ".join(filter(None, [caption, histories_said(effects)]))
    for title, names in _blocks(reader).items():
        table = _table(f"{title}, {last}, %", caption, list(names.values()))
        for scenario in reader.scenarios:
            table.add_row(reader.marked(scenario), *(_short(reader, scenario, name, last) for name in names))
        tables.append(table)
    return tables


def _blocks(reader: Reader) -> dict[str, dict[str, str]]:
    """Titles, and outcomes with their column heads, of the smaller tables; only outcomes that exist."""
    bodies = {
        o: name_of("body", o.removeprefix("status_")) for o in reader.outcomes if o.startswith("status_")
    }
    case = case_of(reader.effects.attrs)
    family, sponsor = case.family, case.sponsors[0]
    own, title = adjective(sponsor), name_of("standard", family)
    wanted = {
        f"Who carries {title}": {
            f"{family}_{own.lower()}_base": f"{own} vendors", f"{family}_others": "other vendors",
            f"{family}_sensitive": "sensitive infrastructure", f"{family}_mobile_network": "mobile networks",
        },
        "Dependence on vendors (all domains; sensitive infrastructure)": {
            **{f"dependence_{s}": adjective(s) for s in case.sponsors},
            **{f"dependence_sensitive_{s}": f"{adjective(s)}, sensitive" for s in case.sponsors},
        },
        f"Dependence on {own} vendors, sensitive infrastructure, by group of markets": {
            f"dependence_sensitive_{sponsor}_{group}": group_name(group) for group in GROUPS
        },
        "Lock-in to vendors, and renewed base kept": {
            **{f"lock_in_{s}": adjective(s) for s in case.sponsors}, "lock_in": "all", "retention": "kept",
        },
        f"Status of {title} in standards bodies": bodies,
    }  # fmt: skip
    found = {t: {o: head for o, head in names.items() if o in reader.outcomes} for t, names in wanted.items()}
    return {title: names for title, names in found.items() if names}


def _short(reader: Reader, scenario: str, outcome: str, year: int) -> str:
    """A level and its effect, in a short cell."""
    effect = None if scenario == reader.baseline else reader.effect(scenario, outcome, year)
    return short_text(reader.level(scenario, outcome, year), effect)


def _headline(reader: Reader, name: str, year: int, runs: str) -> Table:
    """One outcome in one year, with ranges and intervals."""
    columns = ("mean [5-95 % of runs]", "difference [95 % interval], points")
    caption = " ".join(filter(None, [f"{runs}.", histories_said(reader.effects)]))
    table = _table(f"{opening(reader.label(name))}, {year}, {reader.said_unit(name)}", caption, columns)
    for scenario in reader.scenarios:
        level = level_text(reader.level(scenario, name, year))
        same = scenario == reader.baseline
        table.add_row(
            reader.marked(scenario), level, "" if same else effect_text(reader.effect(scenario, name, year))
        )
    return table


def levels_table(effects: xr.Dataset) -> Table:
    """All outcomes of the first scenario in the years shown."""
    reader, years = Reader(effects), shown_years(effects)
    caption = f"Mean and 5-95 % range of {effects.attrs['runs']} runs."
    table = titled(reader.title(reader.scenarios[0]), caption)
    for head in ("outcome", "meaning", "unit"):
        table.add_column(head, no_wrap=head == "outcome")
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    for name in reader.outcomes:
        shown = (level_text(reader.level(reader.scenarios[0], name, year)) for year in years)
        table.add_row(name, reader.label(name), reader.said_unit(name), *shown)
    return table


def left_out(effects: xr.Dataset) -> list[str]:
    """A line for each outcome that some runs do not define in a year shown."""
    runs, lines = int(effects.attrs["runs"]), []
    used = effects["runs_used"].sel(year=shown_years(effects))
    for outcome in effects["outcome"].values:
        fewest = int(used.sel(outcome=outcome).min())
        if fewest < runs:
            label = effects["outcome_label"].sel(outcome=outcome).item()
            lines.append(f"{opening(label)}: undefined and left out in up to {runs - fewest} of {runs} runs")
    return lines


def claims_tables(found: xr.Dataset) -> list[Table]:
    """What each switch changes: one table a measure."""
    return [_claim(found, str(m)) for m in found["measure"].values]


def _claim(found: xr.Dataset, measure: str) -> Table:
    """One measure: the level in full, then a row for each switch."""
    groups = [str(g) for g in found["group"].values]
    label = str(found["measure_label"].sel(measure=measure).item())
    title = f"{opening(label)}, %"
    caption = f"Mean paired difference in points [95 % interval], {found.attrs['runs']} runs."
    table = _table(title, caption, [group_name(g) for g in groups])
    table.columns[0].header = "what is changed"
    full = (100 * found["full"].sel(measure=measure, group=g).item() for g in groups)
    table.add_row("nothing", *map(number, full), end_section=True)
    said = dict(zip(found["switch"].values.tolist(), found["switch_label"].values.tolist(), strict=True))
    for switch in said:
        numbers = [estimate(found, 100.0, switch=str(switch), measure=measure, group=g) for g in groups]
        table.add_row(
            opening(said[switch]), *(effect_text(n) if np.isfinite(n.mean) else "-" for n in numbers)
        )
    return table
