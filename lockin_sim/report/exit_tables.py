"""The tables of an exit plan: who supplies, what comes due, what leaving costs, what leaves by itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lockin_sim.report.exit_answer import lots_of_generations, money, ranged
from lockin_sim.report.exit_record import kept_aside
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.words import span
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import Buyer, Plan, over_draws
from lockin_sim.studies.exits.walk import MOMENTS
from lockin_sim.wording import UNDEFINED, effect_digits, joined, number, opening, signed
from lockin_sim.world.names import name_of

#: Vendors named in a layer, and the part of it, per cent, below which one is not.
_MOST, _LEAST = 4, 2.0

#: Part of a layer, per cent, from which it is told what becomes of it.
_SHOWN = 5.0

#: Years after that of the plan for which policies are shown, beside the last.
SOON = 5


def years(value: float, last: int) -> str:
    """A year, or that it is later than those followed."""
    return UNDEFINED if not np.isfinite(value) else f"after {last}" if value > last else f"{value:.0f}"


def suppliers(plan: Plan, recorded: Mapping[str, str]) -> Table:
    """Who supplies every layer, simulated, and what is on record of it."""
    rows = []
    for domain in plan.ds["domain"].values.tolist():
        found = [one for one in plan.supplied(domain) if one[1].mean >= _LEAST][:_MOST]
        named = [f"{name_of('vendor', v)} {number(e.mean, 0)} % ({span(e.low, e.high, 0)})" for v, e in found]
        theirs = Cell("–", "nothing is bought: systems or rules side by side")
        if domain in plan.layers:
            theirs = Cell(*ranged(plan.in_layer(domain)))
        cells = [Cell("; ".join(named) or "nothing"), theirs, Cell(recorded.get(domain, UNDEFINED))]
        rows.append((opening(name_of("domain", domain)), cells))
    kept = f" {kept_aside(plan.ds.attrs['country'])}" if plan.ds.attrs["bundled"] and not recorded else ""
    known = str(plan.ds.attrs["suppliers"])
    given = f" Given by whoever asked, not simulated: {known}." if known else ""
    return Table(
        caption=f"Who supplies {plan.country} when {plan.year} begins",
        heads=("layer", "simulated: the largest, part of capacity", f"of it {plan.whom}", "on record"),
        rows=rows,
        words=True,
        note=f"Simulated: mean over {plan.draws} draws, in brackets 5 to 95 % of them. What is not yet built "
        "is nobody's. A dash under “on record”: the package's record tables have no row, which is no "
        f"evidence of absence.{kept}{given}",
    )


def due_table(plan: Plan) -> Table | None:
    """Every lot of operators and agencies: who runs it and when it is up."""
    rows = []
    for buyer in plan.buyers:
        usual = plan.usual_supplier(buyer)
        if usual is None:
            continue
        vendor, share = usual
        following = plan.due(buyer, "generation_year")
        cells = [
            Cell(f"{number(100 * buyer.weight, 0)} % of {name_of('domain', buyer.domain)}"),
            Cell(vendor, f"in {number(100 * share, 0)} % of draws"),
            Cell(f"{number(100 * float(plan.has(buyer).mean()), 0)} %"),
            _when(plan.due(buyer), plan.last),
            _when(following, plan.last) if following.known else Cell(UNDEFINED, "contracts end by chance"),
        ]
        rows.append((plan.named(buyer), cells))
    if not rows:
        return None
    theirs = f"chance that it is run by {plan.whom}"
    return Table(
        caption="Every lot of operators and agencies",
        heads=("lot", "size", "most often run by", theirs, "first up", "next generation"),
        rows=rows,
        words=True,
        note="First up: the first year in which its contract ends, a generation arrives or an order bites, "
        "whichever comes first; median, small print 5 to 95 % of draws. When contracts were signed is "
        "not known: they end by chance, so that a first year says how soon one like it ends, not when this "
        "one does. Operators without a name in the tables are called by number, the largest first.",
    )


def _when(found: Estimate[float], last: int) -> Cell:
    """A year with its range as a cell."""
    if not found.known:
        return Cell(UNDEFINED)
    low, middle, high = (years(value, last) for value in (found.low, found.mean, found.high))
    return Cell(middle, low if low == high else f"{low} to {high}")


def costs(plan: Plan) -> Table | None:
    """What leaving costs every buyer that has something to leave, at each moment."""
    rows = []
    for domain in plan.layers:
        mine = [b for b in plan.at_stake if b.domain == domain]
        rows += [(f"{plan.named(b)}, {name_of('domain', domain)}", _cells(plan, b)) for b in mine]
    state = plan.state
    if len(state) > 1:
        rows.append(("Operators, agencies, cables together, over all draws", _together(plan, state)))
    if not rows:
        return None
    moments = ("now", "of it bought again", "at the contract's end", "at the next generation")
    return Table(
        caption=f"What leaving {plan.whom} costs",
        heads=("buyer", *moments, "leaves by itself at the end", "at the generation"),
        rows=rows,
        note="Mean over the draws in which the buyer has something to leave, small print 5 to 95 % of them; "
        "together: also those left out here. A dash: no such moment, or nobody else offers. A generation's "
        "contract is for the years until the one after it, often more of them than are left now. "
        "Bought again: of a contract of unknown age; of one near its end it is next to nothing. "
        "Buyers with something to leave in fewer than five draws are left out.",
    )


def _cells(plan: Plan, buyer: Buyer) -> list[Cell]:
    """Sums, rebates and chances of one buyer."""
    cells = [Cell(*money(over_draws(plan.of(name, buyer, "now")))) for name in ("cost", "bought_again")]
    for moment in MOMENTS[1:]:
        found = over_draws(plan.of("cost", buyer, moment))
        rebate = over_draws(100 * plan.of("rebate", buyer, moment))
        text, small = money(found)
        small = f"{small}; {number(rebate.mean, 0)} % of price" if small else ""
        cells.append(Cell(text, small) if found.known else Cell(UNDEFINED))
    for moment in MOMENTS[1:]:
        chance = over_draws(100 * plan.of("chance", buyer, moment))
        cells.append(Cell(*ranged(chance)) if chance.known else Cell(UNDEFINED))
    return cells


def _together(plan: Plan, state: list[Buyer]) -> list[Cell]:
    """The row of all buyers together."""
    lots = lots_of_generations(plan, state)
    sums = [plan.total(state, "now"), plan.total(state, "now", "bought_again"), plan.total(state, "renewal")]
    cells = [Cell(*money(over_draws(values))) for values in sums]
    cells.append(Cell(*money(over_draws(plan.total(lots, "generation")))) if lots else Cell(UNDEFINED))
    return [*cells, Cell(UNDEFINED), Cell(UNDEFINED)]


def policies(plan: Plan) -> Table | None:
    """How much leaves by itself, and how much more under policies."""
    domains = [d for d in plan.layers if plan.in_layer(d).mean >= _SHOWN]
    if not domains:
        return None
    shown = sorted({min(plan.year + SOON, plan.last), plan.last})
    rows = []
    for s, title in enumerate(plan.ds["scenario"].values.tolist()):
        found = [plan.changes(d, s, y) if s else plan.leaves(d, y) for d in domains for y in shown]
        rows.append((title, [Cell(*_points(each, signs=s > 0)) for each in found]))
    heads = [f"{name_of('domain', d)}, by {y}" for d in domains for y in shown]
    return Table(
        caption=f"What {plan.whom} would lose without being left",
        heads=("scenario", *heads),
        rows=rows,
        note=f"First row: per cent of what {'they' if plan.plural else 'it'} supplied when {plan.year} began "
        "that is somebody else's by then; lots won elsewhere do not count against it, while of users "
        "and cables it is the net fall (below zero: a gain). Other rows: points that a policy which "
        "begins then adds, paired by draw. Small print: 95 % interval of the mean. Layers from 5 % on.",
    )


def _points(found: Estimate[float], *, signs: bool) -> tuple[str, str]:
    """A share or a change in points, and its range."""
    if not found.known:
        return UNDEFINED, ""
    digits = min(effect_digits(*found), 1)
    mean = signed(found.mean, digits) if signs else joined(number(found.mean, 0), "%")
    return mean, span(found.low, found.high, digits if signs else 0)
