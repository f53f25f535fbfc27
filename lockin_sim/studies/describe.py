"""What the model declares of itself, as tables: parameters, levers, metrics, world.

Each is asked with the folder of a world's tables, None being the bundled ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from lockin_sim.levers import LEVERS
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import declarations
from lockin_sim.studies.outcomes import outcomes
from lockin_sim.studies.tables import titled
from lockin_sim.world import load_world
from lockin_sim.world.schema import read_table


def _table(title: str, *columns: str) -> Table:
    """An empty table of the terminal with these columns."""
    table = titled(title)
    for position, column in enumerate(columns):
        table.add_column(column, no_wrap=position == 0)
    return table


def parameters(folder: Path | None) -> list[Table]:
    """Every parameter with its default, neutral value, bounds, range for sweeps and meaning."""
    heads = ("name", "title", "default", "neutral", "unit", "allowed", "range", "meaning", "source")
    table = _table("Parameters", *heads)
    for d in declarations().values():
        numbers = (f"{d.default:g}", f"{d.neutral:g}")
        bounds = f"{d.range[0]:g} to {d.range[1]:g}"
        table.add_row(d.name, d.title, *numbers, d.unit, d.valid.text, bounds, d.doc, d.source)
    return [table]


def levers(folder: Path | None) -> list[Table]:
    """Every lever with its kind of target, and its settings with unit and bounds."""
    table = _table("Levers", "lever", "title", "target", "setting", "unit", "allowed", "meaning")
    for lever in LEVERS.values():
        table.add_row(lever.name, lever.title, lever.target, "", "", "", lever.doc)
        for name, setting in lever.settings.items():
            allowed = _allowed(lever.types[name], setting)
            table.add_row("", setting.title, "", name, setting.unit, allowed, setting.doc)
    return [table]


def _allowed(kind: type, setting: object) -> str:
    """What a setting may be, in words."""
    choices, low, high = (getattr(setting, key) for key in ("choices", "low", "high"))
    if kind is bool:
        return "true or false"
    if kind is str:
        return ", ".join(choices)
    return f"{low:g} to {high:g}"


def metrics(folder: Path | None) -> list[Table]:
    """Variables of a dataset of ``simulate``, and headline outcomes of ``compare``."""
    table = _table("Variables of simulate()", "name", "axes", "unit", "when", "meaning")
    for name, v in VARIABLES.items():
        axes, when = ", ".join(("run", "year", *v.axes)), "always" if v.always else "on request"
        table.add_row(name, axes, v.unit, when, v.long_name)
    derived = _table("Outcomes of compare()", "name", "unit", "label", "meaning")
    for outcome in outcomes(load_world(folder)).values():
        derived.add_row(outcome.name, outcome.unit, outcome.label, " ".join(outcome.doc.split()))
    return [table, derived]


def world(folder: Path | None) -> list[Table]:
    """Who and what is in a world."""
    shown = load_world(folder)
    size = shown.conditions.at(shown.facts_until - shown.first_year).market_size.sum(axis=-1)
    title = f"World: {shown.name}, {shown.first_year} on; facts until {shown.facts_until}"
    table = _table(title, "what", "number", "names")
    for what, names in {
        "vendors": shown.vendors,
        "standard families": shown.standards,
        "sponsors": shown.sponsors,
        "standards bodies": shown.body_names,
        "groups of markets": shown.group_names,
    }.items():
        table.add_row(what, str(len(names)), ", ".join(names))
    market = f"market {shown.facts_until}, USD bn"
    heads = ("domain", market, "lifetime, years", "can be restricted", "can be financed", "vendors")
    domains = _table("Domains", *heads)
    for d, domain in enumerate(shown.domains):
        sold = [shown.vendors[v] for v in shown.slot_vendor[d] if v >= 0]
        flags = ("yes" if shown.sensitive[d] else "no", "yes" if shown.financeable[d] else "no")
        domains.add_row(domain, f"{size[d]:.1f}", f"{shown.lifetime[d]:g}", *flags, ", ".join(sold))
    return [table, _economies(shown.countries, folder), domains]


def _economies(codes: Sequence[str], folder: Path | None) -> Table:
    """Codes with names, by subregion."""
    rows = read_table("countries", folder)
    named = dict(zip(rows.labels, rows["name"], strict=True))
    where = dict(zip(rows.labels, zip(rows["region"], rows["subregion"], strict=True), strict=True))
    table = _table(f"Economies, {len(codes)}: code and name", "region", "subregion", "economies")
    for place in sorted({where[code] for code in codes}):
        here = [f"{code} {named[code]}" for code in codes if where[code] == place]
        table.add_row(*place, ", ".join(here))
    return table


TOPICS: dict[str, Callable[[Path | None], list[Table]]] = {
    "parameters": parameters,
    "levers": levers,
    "metrics": metrics,
    "world": world,
}
