"""What the documents say of the code and its tables: the world, the rules, runs and seeds, estimates.

Equations, arguments and sources of the rules are read from their docstrings.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import typer

import lockin_sim as ls
from lockin_sim.cli import app
from lockin_sim.common.conventions import RUNS, SEED
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import number
from lockin_sim.evidence.estimate import TABLE, EstimateRow
from lockin_sim.model.state import Flows, State
from lockin_sim.rules import (
    adoption,
    choice,
    contracts,
    diffusion,
    finance,
    pricing,
    regulation,
    restriction,
    users,
    utility,
    voting,
)
from lockin_sim.world import Conditions, load_world
from lockin_sim.world.schema import Table, provenance, read_all

# --- tables of the world ---


def grid(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table."""
    columns = list(heads)
    lines = [columns, ["---"] * len(columns), *([_cell(v) for v in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    """A value as a cell of a table of Markdown."""
    if isinstance(value, float | np.floating):
        value = "" if np.isnan(value) else f"{value:g}"
    if isinstance(value, bool | np.bool_):
        value = "yes" if value else "no"
    return " ".join(str(value).split()).replace("|", "\\|")


def fields(cls: type, every: str) -> str:
    """Fields of a class of the code, with their axes and the comment that stands beside each.

    every  the axis that all begin with, which is not repeated
    """
    source = inspect.getsource(cls)
    declared = ((field.name, field.metadata.get("axes", ())) for field in dataclasses.fields(cls))
    axes = {name: ", ".join(names) + "," * (len(names) == 1) for name, names in declared if names}
    lines: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = re.match(r"    (\w+): ", token.line)
        name = found[1] if found else name
        if token.type == tokenize.COMMENT and token.line.startswith("    ") and name:
            lines.setdefault(name, token.string.lstrip("# "))
    if axes:
        lines = {name: ", ".join(filter(None, (f"({of})", lines.get(name)))) for name, of in axes.items()}
    texts = ((f"`{n}`", text.replace(f"({every}, ", "(", 1)) for n, text in lines.items())
    return grid(("name", f"axes after {every}, and meaning"), texts)


def scale() -> str:
    """How much there is of everything."""
    w = load_world()
    offers = int((w.slot_vendor >= 0).sum())
    sizes = {
        "economies": len(w.countries), "domains": len(w.domains), "vendors": len(w.vendors),
        "offers (a vendor in a domain)": offers, "sponsors": len(w.sponsors),
        "standards bodies": len(w.bodies), "standard families": len(w.standards),
        "markets (an economy in a domain)": len(w.countries) * len(w.domains),
        "operators and agencies": len(w.lots.operators), "lots": len(w.lots),
        "lots with a recorded supplier in 2010": int((w.contracts.held[:, 0] == w.first_year).sum()),
        "projects a year": w.routes.yearly if w.routes else 0, "lenders": len(w.lenders.names),
    }  # fmt: skip
    years = [("first year, the initial state", w.first_year), ("last year of recorded facts", w.facts_until)]
    return grid(
        ("what", "number"), [*sizes.items(), *years, ("last year that can be simulated", w.last_year)]
    )


def state() -> str:
    """What the engines change."""
    return f"State:\n\n{fields(State, 'run')}\n\nFlows of one year:\n\n{fields(Flows, 'run')}"


def conditions() -> str:
    """What is given from outside in each year, and what levers act on."""
    return fields(Conditions, "year")


def _cells(table: Table, columns: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Name of each row as code, and its cells in some columns."""
    return ((f"`{label}`", *cells) for label, *cells in table.rows(*columns))


def domains() -> str:
    """Technology domains."""
    shown = {
        "name": "label", "layer": "layer", "who decides": "buyer", "market, USD bn a year": "market_size",
        "of": "market_size_year", "lifetime, years": "lifetime", "contract, years": "contract_years",
        "openness": "openness", "deployed 2010 at the reference income": "initial_coverage",
        "can be restricted": "sensitive", "can be financed": "financeable",
    }  # fmt: skip
    table = read_all()["domains"]
    found = [provenance("domains", d, "market_size", tables=read_all()) for d in table.labels]
    origins = [status if source == status else f"{source}, {status}" for source, status in found]
    rows = ((*row, of) for row, of in zip(_cells(table, shown.values()), origins, strict=True))
    return grid(("domain", *shown, "source of the market size"), rows)


def buyers() -> str:
    """What differs between domains for those who decide in them."""
    shown = {
        "switching cost, times": "relative_switching",
        "taste, times": "relative_taste", "affinity, times": "relative_affinity",
        "pull of own users, times": "own_pull", "of local vendors, times": "local_pull",
        "loans pay the backbone": "backbone", "laws, not shares": "enacted",
        "spending that follows the base": "expansion_share",
    }  # fmt: skip
    follows = {0.0: "none", 1.0: "all of it"}
    rows = _cells(read_all()["domains"], shown.values())
    lines = ((*row, follows.get(part, "`expansion_share`")) for *row, part in rows)
    return grid(("domain", *shown), lines)


def generations() -> str:
    """Arrivals of generations; those after the last recorded year are assumed."""
    shown = ("domain", "generation", "year", "carry_over")
    rows = (
        (*row, "assumed" if row[2] > 2023 else "recorded")
        for _, *row in read_all()["generations"].rows(*shown)
    )
    return grid(("domain", "generation", "arrives", "leaves of the switching cost", "arrival"), rows)


def sponsors() -> str:
    """States that lend and lobby, with what each lends in the years that are known."""
    lent: dict[str, list[str]] = {}
    for _, sponsor, year, money in read_all()["envelopes"].rows("sponsor", "year", "envelope"):
        lent.setdefault(sponsor, []).append(f"{money:g} ({year})")
    table = read_all()["sponsors"]
    rows = (
        (f"`{sponsor}`", name, "; ".join(home), *cells, ", ".join(lent.get(sponsor, [])))
        for sponsor, name, home, *cells in table.rows("label", "home", "rival", "home_standard")
    )
    return grid(("sponsor", "name", "home", "rival", "home_standard", "envelope, USD bn a year (from)"), rows)


def lenders() -> str:
    """Who lends, on which terms."""
    shown = (
        "sponsor", "loan_rate", "tenor", "grace", "tied", "envelope_share", "initial_take_up",
        "highest_discount_rate", "size_exponent", "grant_exponent", "agreement_weight",
    )  # fmt: skip
    rows = _cells(read_all()["lenders"], ("label", *shown, "recipients"))
    heads = ("lender", "name", *shown, "lends to income groups")
    return grid(heads, ((*row, ", ".join(to)) for *row, to in rows))


def bodies() -> str:
    """Standards bodies."""
    mandates, members = read_all()["mandates"], {b.label: int(b.members.sum()) for b in load_world().bodies}
    shown = (
        "quota", "blocking_share", "cycle_years", "first_cycle_year", "relative_contested", "bindingness",
    )  # fmt: skip
    rows = (
        (f"`{body}`", name, f"`{procedure}`", *cells, members[body],
         ", ".join(mandates["domain"][mandates["body"] == body]))
        for body, name, procedure, *cells in read_all()["bodies"].rows("label", "procedure", *shown)
    )  # fmt: skip
    return grid(("body", "name", "procedure", *shown, "members", "mandate"), rows)


def standards() -> str:
    """Standard families and their owners, in what parts, the largest first."""
    owned: dict[str, list[str]] = {}
    owners = read_all()["owners"].rows("standard", "sponsor", "share")
    for _, standard, sponsor, share in sorted(owners, key=lambda row: -row[-1]):
        owned.setdefault(standard, []).append(f"{sponsor} {share:g}")
    rows = (
        (f"`{name}`", label, year, "yes" if challenger else "no", ", ".join(owned.get(name, [])))
        for name, label, year, challenger in read_all()["standards"].rows("label", "entry_year", "challenger")
    )
    return grid(("family", "name", "first year", "challenger", "owners"), rows)


def groups() -> str:
    """Groups of markets that results and levers know, with how many economies each has."""
    return ", ".join(f"`{n}` ({m.any(axis=0).sum()})" for n, m in load_world().groups.items()) + "."


# --- rules ---

#: Modules of rules in the order in which a year uses them.
MODULES = (
    pricing,
    contracts,
    finance,
    voting,
    restriction,
    regulation,
    utility,
    choice,
    users,
    adoption,
    diffusion,
)

_LABEL = r"\(([A-Z]\d+(?:, [A-Z]\d+)*)\)"
_ARGUMENT = re.compile(r"^(?!Returns )(\w+(?:, \w+)*) +(?= |\(\.\.\.)(.*)$")


#: Axes of an array before what it means, which the reference of the rules has.
_AXES = re.compile(r"^((?:Returns )?)\([^()]*(?:,|\.\.\.)[^()]*\)[,:.]? *")


class Block(NamedTuple):
    """A piece of a docstring: ``kind`` is text, math or arguments."""

    kind: str
    lines: list[str]


class Rule(NamedTuple):
    """A documented rule; ``labels`` are the numbers of its equations."""

    name: str
    labels: tuple[str, ...]
    summary: str
    blocks: list[Block]


def rules_of(module: ModuleType) -> Iterator[Rule]:
    """Public functions of a module in the order of its source."""
    functions = [
        f
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__ and not name.startswith("_")
    ]
    for function in sorted(functions, key=lambda f: f.__code__.co_firstlineno):
        yield rule(function.__name__, inspect.getdoc(function) or "")


def rule(name: str, doc: str) -> Rule:
    """One rule from its docstring; a plain conversion has no equation number such as (P1)."""
    blocks = [_block(text.split("\n")) for text in re.split(r"\n\s*\n", doc)]
    maths = [b for b in blocks if b.kind == "math"]
    places = [line for b in maths for line in b.lines[-1:]] or [" ".join(blocks[0].lines)]
    labels = [m for text in places for m in re.findall(_LABEL, text)[-1:]]
    numbers = tuple(n for label in labels for n in label.split(", "))
    summary = text_of(blocks[0].lines)
    if not maths:
        summary = re.sub(rf"\s*{_LABEL}", "", summary, count=1)
    return Rule(name, numbers, summary, blocks[1:])


def _block(lines: list[str]) -> Block:
    """A paragraph of a docstring: a formula, arguments or text."""
    if lines[0].startswith(".. math::"):
        return Block("math", [" ".join(line.strip() for line in lines).removeprefix(".. math::").strip()])
    if any(_ARGUMENT.match(line) for line in lines):
        return Block("arguments", lines)
    return Block("text", lines)


def text_of(lines: list[str]) -> str:
    """Lines of reStructuredText as one paragraph of Markdown."""
    text = " ".join(" ".join(lines).split())
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
    text = re.sub(r":\w+:`~?([^`]*)`", lambda m: f"`{m[1].rsplit('.', 1)[-1]}`", text)
    return text.replace("``", "`")


def _arguments(lines: list[str]) -> Iterator[str]:
    """Bullets for the arguments, paragraphs for what follows them."""
    entries: list[tuple[str, list[str]]] = []
    for line in lines:
        match = _ARGUMENT.match(line)
        if match:
            names = ", ".join(f"`{name}`" for name in match[1].split(", "))
            entries.append((names, [match[2].strip()]))
        elif entries and (line.startswith(" ") or not (entries[-1][0] or line[:7] == "Source:")):
            entries[-1][1].append(line)
        else:
            entries.append(("", [line]))
    for names, said in entries:
        text = _meaning(text_of(said))
        if text:
            yield f"- {names}: {text}" if names else f"\n{text}"


def _meaning(text: str) -> str:
    """What an argument or a result means, without its axes; nothing if these are all that is said."""
    meaning = _AXES.sub(r"\1", text)
    return meaning if meaning.removeprefix("Returns ") else ""


def equation(block: Block) -> str:
    """A display equation with its number."""
    found = re.fullmatch(rf"(.*?)\s*{_LABEL}", block.lines[0], re.DOTALL)
    if found is None:
        raise unusable("equation", found=block.lines[0], allowed="one that ends with its number, as in (U17)")
    return f"```math\n{found[1]} \\tag{{{found[2]}}}\n```"


def markdown(found: Rule) -> str:
    """One rule: number, name, summary, equation, arguments, source."""
    number = f"**{', '.join(found.labels)}** " if found.labels else ""
    parts = [f"{number}`{found.name}`: {found.summary}"]
    for block in found.blocks:
        if block.kind == "math":
            parts.append(equation(block))
        elif block.kind == "arguments":
            parts.append("\n".join(_arguments(block.lines)))
        else:
            parts.append(_meaning(text_of(block.lines)))
    return "\n\n".join(filter(None, parts))


def section(module: ModuleType) -> str:
    """All rules of a module under its title; equations of the module itself come first."""
    short = module.__name__.rsplit(".", 1)[-1]
    head, *rest = re.split(r"\n\s*\n", inspect.getdoc(module) or "")
    parts = [f"#### `rules.{short}`: {text_of([head])}"]
    for text in rest:
        block = _block(text.split("\n"))
        parts.append(equation(block) if block.kind == "math" else text_of(block.lines))
    return "\n\n".join([*parts, *(markdown(r) for r in rules_of(module))])


def numbers() -> list[str]:
    """Every equation number as often as it is given."""
    found = [label for module in MODULES for r in rules_of(module) for label in r.labels]
    for module in MODULES:
        maths = re.findall(rf"\.\. math::[^\n]*{_LABEL}", inspect.getdoc(module) or "")
        found += [n for label in maths for n in label.split(", ")]
    return found


# --- runs and seeds ---

#: What each number of runs is for, and the command of a function that has another name.
KINDS = {
    "pool": "the pool: scenarios, mechanisms and advantages compared",
    "scenario": "one scenario",
    "calibration": "each point and each draw of a calibration",
    "decision": "a decision explained",
    "points": "each of many points",
}
OTHER_NAMES = {"exit": "exit_plan", "run": "simulate", "lock-in": "lock_in"}


def of_python() -> dict[str, dict[str, Any]]:
    """Defaults of runs and seed of every public function that has runs, by name."""
    found = {}
    for name in ls.__all__:
        value = getattr(ls, name)
        if inspect.isfunction(value) or dataclasses.is_dataclass(value):
            arguments = inspect.signature(value).parameters
            if "runs" in arguments:
                seed = arguments["seed"].default if "seed" in arguments else SEED  # among its options
                found[name] = {"runs": arguments["runs"].default, "seed": seed}
    return found


def of_terminal() -> dict[str, dict[str, Any]]:
    """The same of every command, by name."""
    commands: Any = typer.main.get_command(app)
    found = {}
    for name, command in commands.commands.items():
        options = {option.name: option.default for option in command.params}
        if "runs" in options:
            found[name] = {key: int(options[key]) for key in ("runs", "seed")}
    return found


def defaults() -> str:
    """Runs by what they are for, with the functions and commands that have that default."""
    functions, commands = of_python(), of_terminal()
    lines = ["| runs of | runs | in Python | in the terminal |", "| --- | --- | --- | --- |"]
    for kind, runs in RUNS._asdict().items():
        mine = ", ".join(f"`{name}`" for name, given in sorted(functions.items()) if given["runs"] == runs)
        theirs = ", ".join(f"`{name}`" for name, given in sorted(commands.items()) if given["runs"] == runs)
        lines.append(f"| {KINDS[kind]} | {runs} | {mine} | {theirs} |")
    return "\n".join([*lines, "", f"The seed is {SEED} everywhere."])


# --- estimates ---

_COUNTS = "n (clusters)"

#: How checks end that leave out what is recalled.


@cache
def _estimates() -> tuple[EstimateRow, ...]:
    """All estimates, as they are shipped."""
    rows = pd.read_csv(TABLE).fillna({"parameter": "", "silent_on": ""}).to_dict("records")
    return tuple(EstimateRow(**{str(name): value for name, value in row.items()}) for row in rows)


def estimates() -> str:
    """Estimates of parameters, and of what no single one stands for."""
    rows = (
        (
            f"`{row.parameter}`" if row.parameter else row.quantity,
            number(row.value, 2),
            _interval(row),
            _counts(row),
        )
        for row in _estimates()
        if row.role == "estimate"
    )
    return grid(("parameter or quantity", "estimate", "95 %", _COUNTS), rows)


def _counts(row: EstimateRow) -> str:
    """Observations, and clusters where these are fewer."""
    return f"{row.n}" if row.n == row.clusters else f"{row.n} ({row.clusters})"


def _interval(row: EstimateRow) -> str:
    """An interval in words, empty where undefined."""
    return "" if row.low != row.low else f"{number(row.low, 2)} to {number(row.high, 2)}"
