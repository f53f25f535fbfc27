"""Write the page of a financed lead from its dataset: verdict, numbers, figure and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import AT_MOST, UNDEFINED, number, opening, signed, two_digits
from lockin_sim.common.prose import render_page, render_sentence
from lockin_sim.common.statistics import is_at_most
from lockin_sim.comparisons.effects_reader import read_by_label
from lockin_sim.comparisons.structures import BY_STRUCTURE
from lockin_sim.evidence.borrowers import (
    BEFORE,
    OF_CITIES,
    OF_NETWORKS,
    OF_US_VENDORS,
    POORER,
    estimate_borrowers,
    estimate_supplier_retention,
    name_loan_quantity,
)
from lockin_sim.evidence.borrowers_in_runs import estimate_loans_in_runs
from lockin_sim.evidence.estimate import Ends
from lockin_sim.pages.page_folder import each, of_runs, typed, write_page
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, Values, table
from lockin_sim.pages.record_parts import limits
from lockin_sim.pages.structure_table import structure_numbers, structure_range, structure_table
from lockin_sim.record import SPONSOR
from lockin_sim.runs.results import tidy
from lockin_sim.studies.lead import AS_LENT, PROGRAMME
from lockin_sim.world import BUNDLED
from lockin_sim.world.names import format_label, get_sponsor_adjective

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Years after the last loan for which tables say what is left.
AFTER = (5, 10, 20)

#: Names of numbers of the arms that lend for some years begin with this.
ARMS = {AS_LENT: "lent ", PROGRAMME: ""}

#: The cut in which leaving costs nothing after the last loan.
AFTER_LOANS = "switching_cost_after"

#: Numbers below it are written with two decimals.
LITTLE = 0.1

#: File names without endings.
NAME, STRUCTURE_FILE = "lead", "structures"

#: The domain of which record and model may disagree.
CITIES = "smart_city"


class Lead:
    """Dataset of :func:`lockin_sim.lead`, as words and numbers for readers.

    Raises InputError for another dataset.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        for name in ("equipment", "left", "left_luck", "left_why", "held", "money", "reach"):
            if name not in ds:
                raise unusable("lead: dataset", words=f"no {name}", allowed="a dataset of lockin_sim.lead")
        self.ds, self.about = ds, ds.attrs
        self.until, self.last = int(ds.attrs["until"]), int(ds["year"].values[-1])
        #: last year with a loan on record, until which loans are as lent
        self.recorded = int(ds.attrs["recorded_until"])
        self.lender = format_label("sponsor", ds.attrs["lender"])
        #: the lender's vendors: 'Chinese vendors'
        self.whose = f"{get_sponsor_adjective(ds.attrs['lender'])} vendors"
        #: whether parameters differ between draws, and what ranges are over
        self.drawn = "posterior" in ds.attrs
        self.draws = "nine in ten draws" if self.drawn else "run-to-run variation only"

    def said(self, axis: str, place: int = 0) -> str:
        """Return the title of a label, by default of the first."""
        return str(self.ds[f"{axis}_label"].values[place])

    def one(self, **at: Any) -> xr.Dataset:
        """Select a row, by default the programme in the first place and domain, with no mechanism removed."""
        first = {axis: self.ds[axis].values[0] for axis in ("place", "domain")}
        usual = {"arm": PROGRAMME, "without": "nothing", "regulators": "off"}
        return self.ds.sel(first | usual | at)

    def ends(self, arm: str) -> int:
        """Return the last year in which an arm lends."""
        return {PROGRAMME: self.until, AS_LENT: self.recorded}[arm]

    def passed(self, arm: str, years: int) -> int:
        """Return the years after the last loan of an arm, at most ``years`` or as many as were simulated."""
        return min(years, self.last - self.ends(arm))

    def later(self, arm: str, years: int, **at: Any) -> xr.Dataset:
        """Select the row of an arm ``years`` after its last loan."""
        return self.one(arm=arm, year=self.ends(arm) + self.passed(arm, years), **at)


def ranged(
    row: xr.Dataset, name: str, factor: float = 1.0, *, plus: bool = False, mean: bool = False
) -> tuple[str, str]:
    """Format a number with two significant digits, and its range.

    The range is 'a to b', or 'at most a to b' where chance alone could have produced it.

    mean  whether the range is the 95 % interval of the mean rather than that of draws

    Returns a dash for an undefined number, and no range if there is one draw or all runs agree.
    """
    kind = "_mean" if mean else ""
    value, *ends = (factor * float(row[f"{name}{part}"]) for part in ("", f"{kind}_low", f"{kind}_high"))
    if not math.isfinite(value):
        return UNDEFINED, ""
    most = max(map(abs, (value, *filter(math.isfinite, ends))))
    digits = max(0, min(1 if most >= LITTLE else 2, two_digits(most)))
    write = signed if plus else number
    low, high = (write(end, digits) for end in ends)
    words = "" if mean or not is_at_most(row[f"{name}_luck"].values) else AT_MOST
    return write(value, digits), f"{words}{low} to {high}" if ends[0] < ends[1] else ""


# --- the answer ---

#: Years after the last loan of the verdict.
TEN, TWENTY = AFTER[1:]

#: Of 100 points that loans won: if fewer are left after ten years the verdict is mostly no, if more are left
#: after twenty mostly yes, else partly.
HALF = 50.0


def verdict(ten: Sequence[float], twenty: Sequence[float]) -> str:
    """Judge whether what loans won lasts, with a doubt where 95 % intervals hold another verdict.

    ten, twenty  what remains of 100 points after so many years: the mean, and the ends of its interval
    """
    words = [
        "Mostly no" if early < HALF else "Mostly yes" if late > HALF else "Partly"
        for early, late in zip(ten, twenty, strict=True)
    ]
    return words[0] + (", but not surely" if len(set(words)) > 1 else "")


def facts_of(lead: Lead) -> dict[str, Any]:
    """Collect the facts of the sentences: numbers as they are written, each with its range."""
    facts: dict[str, Any] = {"lead": lead, "numbers": _numbers(lead), "judged": "", "verdict": ""}
    for arm in (AS_LENT, PROGRAMME):
        row = lead.later(arm, TEN)
        facts[arm] = {
            "why": str(row["left_why"].item()),
            "passed": [lead.passed(arm, n) for n in (TEN, TWENTY)],
        }
        if not (facts[arm]["why"] or facts["judged"]):
            means = [
                [float(at[f"left{end}"]) for end in ("", "_mean_low", "_mean_high")]
                for at in (row, lead.later(arm, TWENTY))
            ]
            facts |= {"judged": arm, "verdict": verdict(*means)}
    numbers = structure_numbers(lead.ds)
    facts["structures"] = None if numbers is None else structure_range(numbers)
    facts["stays"] = [
        (number(100 * each.value, 0), f"{number(100 * each.low, 0)} to {number(100 * each.high, 0)}", each.n)
        for each in (estimate_supplier_retention() if has_record(lead) else [])
    ]
    return facts


class Stated(NamedTuple):
    """Number of the sentences as it is written.

    ends  its range, '5 to 15' or 'at most 5 to 15'; "" for none
    span  what the range holds
    """

    value: str
    ends: str
    year: int
    unit: str
    span: str = ""


def _numbers(lead: Lead) -> dict[str, Stated]:
    """Collect the numbers of the sentences by name."""
    numbers = {}
    for name, arm in (("lent", AS_LENT), ("never", "never")):
        level = float(lead.one(arm=arm, year=lead.recorded)["equipment_level"])
        said = number(100 * level, 0) if np.isfinite(level) else UNDEFINED
        numbers[f"{name} level"] = Stated(said, "", lead.recorded, "%")
    numbers |= loan_numbers(lead)
    year = lead.until + lead.passed(PROGRAMME, TEN)
    for name, cut in (("free", AFTER_LOANS), ("bargaining", "bargaining")):
        if cut in lead.ds["without"].values:
            row = lead.later(PROGRAMME, TEN, without=cut)
            numbers[name] = Stated(*ranged(row, "left"), year, "of 100", lead.draws)
            if cut == AFTER_LOANS:
                held = ranged(row, "held", mean=True)
                numbers["held"] = Stated(*held, year, "of 100", "paired 95 % interval")
    for rule in lead.ds["regulators"].values.tolist():
        row = lead.one(regulators=rule, year=lead.last)
        if np.isfinite(row["reach"]):
            reach = ranged(row, "reach", 100.0, plus=True)
            numbers[f"reach {rule}"] = Stated(*reach, lead.last, "points", lead.draws)
    return numbers


def _money(lead: Lead, arm: str, **at: Any) -> tuple[str, tuple[str, str]]:
    """Return what an arm lends in a place, USD bn, and the per cent used in contracts, with its range."""
    row = lead.later(arm, 0, **at)
    lent = float(row["money"])
    said = number(lent, max(0, min(1, two_digits(lent)))) if np.isfinite(lent) else UNDEFINED
    return said, ranged(row, "money_met", 100.0, mean=True)


def loan_numbers(lead: Lead, **at: Any) -> dict[str, Stated]:
    """Collect what loans won and what remains of it, by arm and name; by default in the first place."""
    numbers = {}
    for arm, prefix in ARMS.items():
        money, met = _money(lead, arm, **at)
        numbers[f"{prefix}money"] = Stated(money, "", lead.ends(arm), "USD bn")
        numbers[f"{prefix}met"] = Stated(*met, lead.ends(arm), "%", "95 % interval of the mean")
        won = ranged(lead.later(arm, 0, **at), "won", 100.0)
        numbers[f"{prefix}won"] = Stated(*won, lead.ends(arm), "points", lead.draws)
        for years in (TEN, TWENTY):
            left, year = (
                ranged(lead.later(arm, years, **at), "left"),
                lead.ends(arm) + lead.passed(arm, years),
            )
            numbers[f"{prefix}left {years}"] = Stated(*left, year, "of 100", lead.draws)
    return numbers


def answer(lead: Lead) -> list[str]:
    """Compose the answer: verdict, levels, gains by loans, what keeps them, structures, record, standards."""
    return said(facts_of(lead))


#: The sentences in their order.
SENTENCES = ("verdict", "loans", "keeps", "structures", "record", "standard")


def said(facts: Mapping[str, Any]) -> list[str]:
    """Render the sentences of the facts of :func:`facts_of`, without those that were not measured."""
    return [text for name in SENTENCES if (text := render_sentence(f"lead.{name}", f=facts))]


# --- tables ---


def tables(lead: Lead) -> list[PageTable]:
    """Build the tables: what remains by place and loans, by mechanism, by structure, and all arms."""
    left = [f"left after {years} years, of 100" for years in AFTER]
    by_place: Rows = [
        (
            _place(lead, p, d),
            [
                Cell(spoken_arm),
                *_money_cells(lead, arm, place=place),
                *_won_and_left(lead, arm, place=place, domain=domain),
            ],
        )
        for d, domain in enumerate(lead.ds["domain"].values)
        for p, place in enumerate(lead.ds["place"].values)
        for arm, spoken_arm in ((AS_LENT, f"as lent, to {lead.recorded}"), (PROGRAMME, _programme(lead)))
    ]
    by_cut: Rows = [
        (opening(label), [*_won_and_left(lead, PROGRAMME, without=cut), _held(lead, cut)])
        for cut, label in read_by_label(lead.ds, "without_label").items()
    ]
    arms: Rows = [
        (opening(label), _levels(lead, arm)) for arm, label in read_by_label(lead.ds, "arm_label").items()
    ]
    of_arms = [f"{name}, {year}" for year in (lead.until, lead.last) for name in ("equipment", "debt")]
    won, numbers = f"won by {lead.until}, points", structure_numbers(lead.ds)
    under = (
        []
        if numbers is None
        else [
            structure_table(
                numbers,
                recorded=lead.recorded,
                until=lead.until,
                own=BY_STRUCTURE in lead.ds,
                lead=lead,
            )
        ]
    )
    held = f"held after {lead.passed(PROGRAMME, TEN)} years"
    heads = ("place", "loans", "bn USD", "contracts took, %", "won, points", *left)
    return [
        table("lead.by_place", heads, by_place, lead=lead),
        table("lead.by_cut", ("in the model", won, *left, held), by_cut, lead=lead),
        *under,
        table("lead.standards", ("states", str(lead.until), str(lead.last)), _standards(lead), lead=lead),
        table("lead.arms", ("loans", *of_arms), arms, lead=lead),
    ]


def has_record(lead: Lead) -> bool:
    """Whether the record has operators in economies that borrowed from the lender."""
    return bool(lead.about["lender"] == SPONSOR and lead.about["world"] == BUNDLED)


def beside(lead: Lead) -> PageTable:
    """Build the table of borrowers' suppliers: the record, the same regressions on runs, and true effects."""
    rows: Rows = []
    runs = estimate_loans_in_runs(int(lead.about["draws"]), int(lead.about["seed"]))
    for quantity_row in estimate_borrowers():
        line, effect = runs.get(quantity_row.quantity, (None, None))
        cells = [*map(_ended, ((quantity_row.value, quantity_row.low, quantity_row.high), line, effect))]
        rows.append(
            (opening(quantity_row.quantity), [*cells, Cell(f"{quantity_row.n}; {quantity_row.clusters}")])
        )
    heads = (
        "share",
        "on record, 95 % interval",
        "the same in runs",
        "what loans truly do in runs",
        "cases; economies",
    )
    return table("lead.beside", heads, rows, lead=lead)


def _ended(ends: Ends | None) -> Cell:
    """Format a share with its ends beneath; a dash if there is none."""
    if ends is None:
        return Cell(UNDEFINED)
    value, low, high = (number(end, 2) for end in ends)
    return Cell(value, f"{low} to {high}")


def compared(lead: Lead) -> str:
    """Compare regressions on runs with the true effect of loans, and name where the record differs."""
    return render_sentence("lead.compared", lead=lead, **_disagreement(lead))


def doubted(lead: Lead) -> str:
    """Return a note for a figure of smart cities where the record disagrees; "" for other figures."""
    if str(lead.ds["domain"].values[0]) != CITIES or not has_record(lead):
        return ""
    facts = _disagreement(lead)
    alone = facts["alone"]
    return (
        ""
        if alone
        else render_sentence("lead.doubted", lead=lead, cities=facts["cities"], other=facts["other"])
    )


def _disagreement(lead: Lead) -> dict[str, Any]:
    """Compare the record with runs for the shares of networks and of surveillance after loans.

    Returns also the share of US vendors on record, and whether the lender's vendors ``alone`` gain in
    surveillance.
    """
    runs = estimate_loans_in_runs(int(lead.about["draws"]), int(lead.about["seed"]))
    rows = {line.quantity: line for line in estimate_borrowers()}
    networks, cities = (name_loan_quantity(of, BEFORE, POORER) for of in (OF_NETWORKS, OF_CITIES))
    facts = {
        name: {
            "record": _ended((rows[of].value, rows[of].low, rows[of].high)),
            "line": _ended(runs[of][0]),
            "effect": _ended(runs[of][1]),
        }
        for name, of in (("networks", networks), ("cities", cities))
    }
    other = rows[OF_US_VENDORS]
    ends = other.value, other.low, other.high
    return {**facts, "other": _ended(ends), "alone": rows[cities].value > other.value}


def _place(lead: Lead, place: int, domain: int) -> str:
    """Describe a place and its record, with the technology if there are several."""
    named = [
        lead.said("place", place),
        *([lead.said("domain", domain)] if lead.ds.sizes["domain"] > 1 else []),
    ]
    return f"{opening(', '.join(named))} ({lead.ds['place_record'].values[place, domain]})"


def _programme(lead: Lead) -> str:
    """Describe the programme in a few words: '3.5 bn a year, to 2030'."""
    return f"{lead.about['programme']:g} bn a year, to {lead.until}"


def _money_cells(lead: Lead, arm: str, **at: Any) -> list[Cell]:
    """Build the cells of an arm's loans and of the part that contracts used."""
    lent, met = _money(lead, arm, **at)
    return [Cell(lent), Cell(*met)]


def _won_and_left(lead: Lead, arm: str, **at: Any) -> list[Cell]:
    """Build the cells of what an arm won and what remains, or of why there is none."""
    row = lead.later(arm, 0, **at)
    why, room = str(row["left_why"].item()), lead.last - lead.ends(arm)
    left = [
        Cell(why or UNDEFINED) if why or years > room else Cell(*ranged(lead.later(arm, years, **at), "left"))
        for years in AFTER
    ]
    return [Cell(*ranged(row, "won", 100.0)), *left]


def _held(lead: Lead, cut: str) -> Cell:
    """Build the cell of how many more points remain than without a mechanism, paired."""
    return Cell(*ranged(lead.later(PROGRAMME, TEN, without=cut), "held", mean=True))


def _standards(lead: Lead) -> Rows:
    """Build the rows of the standard's reach, where states prescribe none and where they may."""
    said = {"off": "prescribe nothing", "on": "may prescribe standards"}
    return [
        (
            opening(said[rule]),
            [
                Cell(*ranged(lead.one(regulators=rule, year=year), "reach", 100.0, plus=True))
                for year in (lead.until, lead.last)
            ],
        )
        for rule in lead.ds["regulators"].values.tolist()
    ]


def _levels(lead: Lead, arm: str) -> Values:
    """Build the cells of an arm's levels: equipment in per cent, debt in USD bn."""
    cells: list[str] = []
    for year in (lead.until, lead.last):
        row = lead.one(arm=arm, year=year)
        part, owed = float(row["equipment_level"]), float(row["debt_level"])
        cells += [f"{number(100 * part, 0)} %" if np.isfinite(part) else UNDEFINED, number(owed, 1)]
    return cells


def _coverage(lead: Lead) -> str:
    """Describe what the programme changes in coverage, and the debt for it."""
    row = lead.one(year=lead.until)
    covered = ranged(row, "coverage", 100.0, plus=True) if np.isfinite(row["coverage"]) else None
    return render_sentence("lead.coverage", lead=lead, coverage=covered, debt=ranged(row, "debt"))


def command(lead: Lead) -> str:
    """Return the command that makes the page again."""
    about, ds = lead.about, lead.ds
    return typed(
        "lockin",
        "lead",
        "--lender",
        about["lender"],
        "--programme",
        f"{about['programme']:g}",
        "--since",
        about["since"],
        "--until",
        about["until"],
        *each("place", ds["place"].values),
        *each("domain", ds["domain"].values),
        *each("structure", ds["structure"].values if "structure" in ds else ()),
        *of_runs(about),
    )


def lead_page(ds: xr.Dataset) -> str:
    """Render a financed lead as HTML: the same dataset gives the same text, byte for byte."""
    from lockin_sim.pages.plots.kit.figures import embedded  # and no figure but its own
    from lockin_sim.pages.plots.loans import lead as drawing

    lead = Lead(ds)
    picture = embedded(drawing(ds))._replace(doubt=doubted(lead))
    return render_page(
        "lead",
        title=render_sentence("lead.title", lead=lead),
        lead=lead,
        about=lead.about,
        answer=answer(lead),
        picture=picture,
        coverage=_coverage(lead),
        tables=tables(lead),
        beside=beside(lead) if has_record(lead) else None,
        compared=compared(lead) if has_record(lead) else "",
        limits=limits(),
        command=command(lead),
    )


def write(ds: xr.Dataset, out: str | Path) -> Path:
    """Write page, table, figure, dataset and manifest into a folder, all or none; return the page.

    Raises InputError for another dataset, or a folder that cannot be written to.
    """
    html, under = lead_page(ds), structure_numbers(ds)
    more = {} if under is None else {STRUCTURE_FILE: under}
    return write_page(out, NAME, html, {NAME: ds}, {NAME: numbers(Lead(ds)), **more})


def numbers(lead: Lead) -> pd.DataFrame:
    """Return one table of all arms in the years that are shown."""
    ds, axes = lead.ds, ("arm", "without", "regulators", "place", "domain", "year")
    ends = (lead.recorded, lead.until)
    years = sorted({*ends, lead.last, *(end + n for n in AFTER for end in ends if end + n <= lead.last)})
    names = [
        f"{n}{e}"
        for n in ("equipment", "reach", "sales", "coverage", "price", "debt", "won", "left")
        for e in ("", "_low", "_high", "_luck")
    ]
    names += ["equipment_level", "held", "held_mean_low", "held_mean_high", "money", "money_met"]
    shown = ds.assign(run=ds["equipment"].notnull().any("year")).sel(year=years)
    table = tidy(shown, axes, [*axes, *names, "left_why", "run"])
    return table[table.pop("run")]
