"""A financed lead as one page: five sentences, one figure, tables, all from its dataset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.errors import unusable
from lockin_sim.common.statistics import is_at_most
from lockin_sim.common.wording import AT_MOST, UNDEFINED, number, opening, signed, two_digits
from lockin_sim.evidence.borrowers import (
    BEFORE,
    OF_CITIES,
    OF_NETWORKS,
    OF_US_VENDORS,
    POORER,
    borrowers,
    quantity,
)
from lockin_sim.evidence.borrowers_in_runs import in_runs
from lockin_sim.evidence.estimate import Ends
from lockin_sim.record import SPONSOR
from lockin_sim.report.folder import each, of_runs, typed, write_page
from lockin_sim.report.parts import Cell, PageTable, Rows, Values, table
from lockin_sim.report.record import limits
from lockin_sim.runs.results import tidy
from lockin_sim.words.prose import page, say
from lockin_sim.words.reader import along
from lockin_sim.world import BUNDLED
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Years after the last loan for which tables say what is left.
AFTER = (5, 10, 20)

#: File names without endings.
NAME = "lead"

#: The domain of which record and model may disagree.
CITIES = "smart_city"


class Lead:
    """What the dataset of :func:`lockin_sim.lead` says, in words and numbers for readers.

    Raises InputError for another dataset.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        for name in ("equipment", "left", "left_luck", "left_why", "reach"):
            if name not in ds:
                raise unusable("lead: dataset", words=f"no {name}", allowed="a dataset of lockin_sim.lead")
        self.ds, self.about = ds, ds.attrs
        self.until, self.last = int(ds.attrs["until"]), int(ds["year"].values[-1])
        #: years from the last loan to the last year shown: twenty, or as many as there are
        self.passed = min(AFTER[-1], self.last - self.until)
        self.lender = name_of("sponsor", ds.attrs["lender"])
        #: the lender's vendors: 'Chinese vendors'
        self.whose = f"{adjective(ds.attrs['lender'])} vendors"
        #: whether parameters differ between draws, and what ranges are over
        self.drawn = "posterior" in ds.attrs
        self.draws = "nine in ten draws" if self.drawn else "run-to-run variation only"

    def said(self, axis: str, place: int = 0) -> str:
        """Title of a label, by default of the first."""
        return str(self.ds[f"{axis}_label"].values[place])

    def one(self, **at: Any) -> xr.Dataset:
        """A row: by default of the programme in the first place and domain, as the model is."""
        first = {axis: self.ds[axis].values[0] for axis in ("place", "domain")}
        usual = {"arm": "programme", "without": "nothing", "regulators": "off"}
        return self.ds.sel(first | usual | at)


def ranged(row: xr.Dataset, name: str, factor: float = 1.0, *, plus: bool = False) -> tuple[str, str]:
    """A number with two significant digits, and its range: 'a to b', or 'at most a to b' where luck alone
    could have made it.

    A dash where the number is not defined, and no range where it is the same in all runs, or of one draw.
    """
    mean, *ends = (factor * float(row[f"{name}{part}"]) for part in ("", "_low", "_high"))
    if not math.isfinite(mean):
        return UNDEFINED, ""
    digits = max(0, min(1, two_digits(max(map(abs, (mean, *filter(math.isfinite, ends)))))))
    write = signed if plus else number
    low, high = (write(end, digits) for end in ends)
    words = AT_MOST if is_at_most(row[f"{name}_luck"].values) else ""
    return write(mean, digits), f"{words}{low} to {high}" if ends[0] < ends[1] else ""


def facts_of(lead: Lead) -> dict[str, Any]:
    """Facts of the sentences: numbers as they are written, each with its range."""
    at_end = lead.one(year=lead.until)
    later = lead.one(year=lead.until + lead.passed)
    facts: dict[str, Any] = {
        "lead": lead, "won": ranged(at_end, "won", 100.0), "left": ranged(later, "left"),
        "why": str(at_end["left_why"].item()), "coverage": ranged(at_end, "coverage", 100.0, plus=True),
        "price": ranged(at_end, "price", 100.0, plus=True), "debt": ranged(at_end, "debt"),
    }  # fmt: skip
    cuts = lead.ds["without"].values.tolist()
    for name, cut in {"free": "switching_cost_after", "bargaining": "bargaining"}.items():
        row = lead.one(without=cut, year=lead.until + lead.passed) if cut in cuts else None
        facts[name] = None if row is None else ranged(row, "left")
    reach = {
        rule: lead.one(regulators=rule, year=lead.last) for rule in lead.ds["regulators"].values.tolist()
    }
    facts["reach"] = {
        rule: ranged(row, "reach", 100.0, plus=True)
        for rule, row in reach.items()
        if np.isfinite(row["reach"])
    }
    recorded = int(lead.about["recorded_until"])
    never, lent = (
        float(lead.one(arm=arm, year=recorded)["equipment_level"])
        for arm in ("never", "as_lent_then_stopped")
    )
    facts["anyway"] = number(100 * never / lent, 0) if lent > 0 else UNDEFINED
    facts |= {"recorded": recorded, "covered": bool(np.isfinite(at_end["coverage"]))}
    return facts


def answer(lead: Lead) -> list[str]:
    """Five sentences: what loans win, what is left, what keeps it, what was there anyway, the standard."""
    return said(facts_of(lead))


def said(facts: Mapping[str, Any]) -> list[str]:
    """The sentences of facts, see :func:`facts_of`."""
    return [say(f"lead.{name}", f=facts) for name in ("won", "left", "keeps", "anyway", "standard")]


def tables(lead: Lead) -> list[PageTable]:
    """What is left by place, by what keeps it, and what every arm comes to."""
    years = [year for year in AFTER if lead.until + year <= lead.last]
    heads = ("", f"won by {lead.until}, points", *(f"left after {year} years, of 100" for year in years))
    by_place: Rows = [
        (_place(lead, p, d), _won_and_left(lead, years, place=place, domain=domain))
        for d, domain in enumerate(lead.ds["domain"].values)
        for p, place in enumerate(lead.ds["place"].values)
    ]
    by_cut: Rows = [
        (opening(label), _won_and_left(lead, years, without=cut))
        for cut, label in along(lead.ds, "without_label").items()
    ]
    arms: Rows = [(opening(label), _levels(lead, arm)) for arm, label in along(lead.ds, "arm_label").items()]
    of_arms = ("", *(f"{name}, {year}" for year in (lead.until, lead.last) for name in ("equipment", "debt")))
    return [
        table("lead.by_place", ("place", *heads[1:]), by_place, lead=lead),
        table("lead.by_cut", ("in the model", *heads[1:]), by_cut, lead=lead),
        table("lead.standards", ("states", str(lead.until), str(lead.last)), _standards(lead), lead=lead),
        table("lead.arms", ("loans", *of_arms[1:]), arms, lead=lead),
    ]


def has_record(lead: Lead) -> bool:
    """Whether the record has operators in economies that borrowed from the lender."""
    return bool(lead.about["lender"] == SPONSOR and lead.about["world"] == BUNDLED)


def beside(lead: Lead) -> PageTable:
    """What the record says of suppliers in economies that borrowed, what the same lines say of runs, and what
    loans truly do in them."""
    rows: Rows = []
    runs = in_runs(int(lead.about["draws"]), int(lead.about["seed"]))
    for quantity_row in borrowers():
        line, effect = runs.get(quantity_row.quantity, (None, None))
        cells = [*map(_ended, ((quantity_row.value, quantity_row.low, quantity_row.high), line, effect))]
        rows.append(
            (opening(quantity_row.quantity), [*cells, Cell(f"{quantity_row.n}; {quantity_row.clusters}")])
        )
    heads = ("share", "on record, 95 % interval", "the same in runs", "what loans truly do in runs",
             "cases; economies")  # fmt: skip
    return table("lead.beside", heads, rows, lead=lead)


def _ended(ends: Ends | None) -> Cell:
    """A share with its ends beneath; a dash where there is none."""
    if ends is None:
        return Cell(UNDEFINED)
    value, low, high = (number(end, 2) for end in ends)
    return Cell(value, f"{low} to {high}")


def compared(lead: Lead) -> str:
    """How far regressions on runs are from the true effect of loans, and where record and model disagree."""
    return say("lead.compared", lead=lead, **_disagreement(lead))


def doubted(lead: Lead) -> str:
    """A note for a figure of smart cities where the record disagrees; "" for others."""
    if str(lead.ds["domain"].values[0]) != CITIES or not has_record(lead):
        return ""
    facts = _disagreement(lead)
    alone = facts["alone"]
    return "" if alone else say("lead.doubted", lead=lead, cities=facts["cities"], other=facts["other"])


def _disagreement(lead: Lead) -> dict[str, Any]:
    """Shares of networks and of surveillance after loans, on record and in runs, of US vendors on record, and
    whether the lender's vendors ``alone`` gain in surveillance."""
    runs = in_runs(int(lead.about["draws"]), int(lead.about["seed"]))
    rows = {line.quantity: line for line in borrowers()}
    networks, cities = (quantity(of, BEFORE, POORER) for of in (OF_NETWORKS, OF_CITIES))
    facts = {
        name: {"record": _ended((rows[of].value, rows[of].low, rows[of].high)),
               "line": _ended(runs[of][0]), "effect": _ended(runs[of][1])}
        for name, of in (("networks", networks), ("cities", cities))
    }  # fmt: skip
    other = rows[OF_US_VENDORS]
    ends = other.value, other.low, other.high
    return {**facts, "other": _ended(ends), "alone": rows[cities].value > other.value}


def _place(lead: Lead, place: int, domain: int) -> str:
    """A place and what is on record there, with the technology where there are several."""
    named = [
        lead.said("place", place),
        *([lead.said("domain", domain)] if lead.ds.sizes["domain"] > 1 else []),
    ]
    return f"{opening(', '.join(named))} ({lead.ds['place_record'].values[place, domain]})"


def _won_and_left(lead: Lead, years: Sequence[int], **at: Any) -> Values:
    """Cells of what was won and is left, or why there is none."""
    row = lead.one(**at)
    why = str(row["left_why"].item())
    left = [Cell(why) if why else Cell(*ranged(row.sel(year=lead.until + n), "left")) for n in years]
    return [Cell(*ranged(row, "won", 100.0)), *left]


def _standards(lead: Lead) -> Rows:
    """What the standard's reach gains where states prescribe none, and where they may."""
    said = {"off": "prescribe nothing", "on": "may prescribe standards"}
    return [
        (opening(said[rule]), [
            Cell(*ranged(lead.one(regulators=rule, year=year), "reach", 100.0, plus=True))
            for year in (lead.until, lead.last)
        ])
        for rule in lead.ds["regulators"].values.tolist()
    ]  # fmt: skip


def _levels(lead: Lead, arm: str) -> Values:
    """Cells of what an arm comes to: equipment in per cent, debt in USD bn."""
    cells: list[str] = []
    for year in (lead.until, lead.last):
        row = lead.one(arm=arm, year=year)
        part, owed = float(row["equipment_level"]), float(row["debt_level"])
        cells += [f"{number(100 * part, 0)} %" if np.isfinite(part) else UNDEFINED, number(owed, 1)]
    return cells


def command(lead: Lead) -> str:
    """The command that makes the page again."""
    about, ds = lead.about, lead.ds
    return typed(
        "lockin", "lead", "--lender", about["lender"], "--programme", f"{about['programme']:g}",
        "--since", about["since"], "--until", about["until"],
        *each("place", ds["place"].values), *each("domain", ds["domain"].values), *of_runs(about),
    )  # fmt: skip


def lead_page(ds: xr.Dataset) -> str:
    """A financed lead as HTML: the same dataset gives the same text, byte for byte."""
    from lockin_sim.plots.kit.figures import embedded  # and no figure but its own
    from lockin_sim.plots.loans import lead as drawing

    lead = Lead(ds)
    picture = embedded(drawing(ds))._replace(doubt=doubted(lead))
    return page(
        "lead", title=say("lead.title", lead=lead), lead=lead, about=lead.about, answer=answer(lead),
        picture=picture, coverage=say("lead.coverage", f=facts_of(lead)), tables=tables(lead),
        beside=beside(lead) if has_record(lead) else None,
        compared=compared(lead) if has_record(lead) else "", limits=limits(), command=command(lead),
    )  # fmt: skip


def write(ds: xr.Dataset, out: str | Path) -> Path:
    """Page, table, figure, dataset and manifest in a folder, all or none; returns the page.

    Raises InputError for another dataset, or a folder that cannot be written to.
    """
    return write_page(out, NAME, lead_page(ds), {NAME: ds}, {NAME: numbers(Lead(ds))})


def numbers(lead: Lead) -> pd.DataFrame:
    """One table of all that was run, in the years that are shown."""
    ds, axes = lead.ds, ("arm", "without", "regulators", "place", "domain", "year")
    years = sorted({lead.until, lead.last, *(lead.until + n for n in AFTER if lead.until + n <= lead.last)})
    names = [f"{n}{e}" for n in ("equipment", "reach", "sales", "coverage", "price", "debt", "won", "left")
             for e in ("", "_low", "_high", "_luck")]  # fmt: skip
    shown = ds.assign(run=ds["equipment"].notnull().any("year")).sel(year=years)
    table = tidy(shown, axes, [*axes, *names, "left_why", "run"])
    return table[table.pop("run")]
