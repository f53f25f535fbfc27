"""The tables of an exit plan, a mean and its range over draws in each cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lockin_sim.report.exit_answer import money, ranged
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.words import span
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import MOMENTS, Buyer, Plan, over_draws
from lockin_sim.wording import UNDEFINED, effect_digits, listed, number, opening, signed
from lockin_sim.world.names import adjective, name_of

#: Vendors named in a layer, and the part of it, per cent, below which one is not.
_MOST, _LEAST = 4, 2.0

#: Years after that of the plan for which policies are shown, beside the last.
_SOON = 5

_RANGE = "Small print: 5 to 95 % of draws."


def years(value: float, last: int) -> str:
    """A year, or that it is later than those followed."""
    return UNDEFINED if not np.isfinite(value) else f"after {last}" if value > last else f"{value:.0f}"


def suppliers(plan: Plan, recorded: Mapping[str, str]) -> Table:
    """Who supplies every layer, simulated, and what is on record of it."""
    rows = []
    for domain in plan.ds["domain"].values.tolist():
        found = [one for one in plan.supplied(domain) if one[1].mean >= _LEAST][:_MOST]
        named = [f"{name_of('vendor', v)} {number(e.mean, 0)} % ({span(e.low, e.high, 0)})" for v, e in found]
        theirs = plan.in_layer(domain) if domain in plan.layers else None
        cells = [
            Cell("; ".join(named) or "nothing yet"),
            Cell(*ranged(theirs)) if theirs is not None else Cell("nothing is bought", "systems or rules, taken up side by side"),
            Cell(recorded.get(domain, UNDEFINED)),
        ]
        rows.append((opening(name_of("domain", domain)), cells))
    known = str(plan.ds.attrs["suppliers"])
    given = f" Given by whoever asked, not simulated: {known}." if known else ""
    return Table(
        caption=f"Who supplies {plan.country} when {plan.year} begins",
        heads=("layer", "simulated: the largest, part of capacity", f"of it {plan.whom}", "on record"),
        rows=rows,
        words=True,
        note=f"Simulated: mean over {plan.draws} draws, in brackets 5 to 95 % of them. What is not yet built is nobody's. "
        f"A dash under “on record”: the package's record tables have no row; that is no evidence of absence.{given}",
    )


def due_table(plan: Plan) -> Table | None:
    """Every lot of operators and agencies: who runs it and when it is up."""
    rows = []
    for buyer in plan.buyers:
        usual = plan.usual_supplier(buyer)
        if usual is None:
            continue
        vendor, share = usual
        due, following = plan.due(buyer), plan.due(buyer, "generation_year")
        cells = [
            Cell(f"{number(100 * buyer.weight, 0)} % of {name_of('domain', buyer.domain)}"),
            Cell(vendor, f"in {number(100 * share, 0)} % of draws"),
            Cell(f"{number(100 * float(plan.has(buyer).mean()), 0)} %"),
            _when(due, plan.last),
            _when(following, plan.last) if following.known else Cell("no generations", "contracts end by chance"),
        ]
        rows.append((plan.named(buyer), cells))
    if not rows:
        return None
    return Table(
        caption="What comes due when",
        heads=("lot", "size", "most often run by", f"chance that {plan.whom} run it" if plan.plural else f"chance that {plan.whom} runs it", "first up", "next generation"),
        rows=rows,
        words=True,
        note="First up: the first year in which its contract ends, a generation arrives or an order bites, whichever comes "
        f"first; median, small print 5 to 95 % of draws. Operators without a name on record are called by number, the largest first.",
    )


def _when(found: Estimate[float], last: int) -> Cell:
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
    if not rows:
        return None
    state = [b for b in plan.buyers if plan.of_state(b) and plan.has(b).any()]
    if len(state) > 1:
        rows.append(("Operators, agencies, cables together", _together(plan, state)))
    return Table(
        caption=f"What leaving {plan.whom} costs",
        heads=("buyer", "now", "of it bought again", "at the contract's end", "at the next generation", "chance to leave by itself, at the end and at the generation"),
        rows=rows,
        note=f"Mean over the draws in which the buyer has something to leave, small print 5 to 95 % of them; together: over all draws. "
        f"A dash: no such moment, or nobody else offers. Buyers with something to leave in fewer than one draw of twenty are left out.",
    )


def _cells(plan: Plan, buyer: Buyer) -> list[Cell]:
    now = plan.of("cost", buyer, "now")
    again = plan.of("bought_again", buyer, "now")
    cells = [Cell(*money(over_draws(now))), Cell(*money(over_draws(again)))]
    for moment in MOMENTS[1:]:
        found, rebate = over_draws(plan.of("cost", buyer, moment)), over_draws(100 * plan.of("rebate", buyer, moment))
        text, small = money(found)
        cells.append(Cell(text, f"{small}; {number(rebate.mean, 0)} % of the price") if found.known else Cell(UNDEFINED))
    chances = [over_draws(100 * plan.of("chance", buyer, m)) for m in MOMENTS[1:]]
    known = [c for c in chances if c.known]
    cells.append(
        Cell(
            " and ".join(f"{number(c.mean, 0)}\N{NO-BREAK SPACE}%" for c in known) or UNDEFINED,
            " and ".join(span(c.low, c.high, 0) for c in known),
        )
    )
    return cells


def _together(plan: Plan, state: list[Buyer]) -> list[Cell]:
    lots = [b for b in state if np.isfinite(plan.of("cost", b, "generation")).any()]
    sums = [plan.total(state, "now"), plan.total(state, "now", "bought_again"), plan.total(state, "renewal")]
    cells = [Cell(*money(over_draws(values))) for values in sums]
    cells.append(Cell(*money(over_draws(plan.total(lots, "generation")))) if lots else Cell(UNDEFINED))
    return [*cells, Cell(UNDEFINED)]


def lenders(plan: Plan) -> Table | None:
    """Who could pay for what takes the place of what is left: lenders, the budget, the buyers."""
    state = [b for b in plan.buyers if plan.of_state(b) and plan.has(b).any()]
    if not state:
        return None
    rows = []
    labels = zip(*(plan.ds[n].values.tolist() for n in ("lender", "lender_of", "tied")), strict=True)
    for h, (lender, sponsor, tied) in enumerate(labels):
        part = plan.could_lend(h, state)
        some = float((part > 0).mean())
        cells = [
            Cell("its own vendors alone" if tied else "any vendor", f"of {name_of('sponsor', sponsor)}"),
            Cell(f"{number(100 * some, 0)} %"),
            Cell(*ranged(over_draws(part))),
        ]
        if some > 0:
            rows.append((_lender(lender), cells))
    cut = over_draws(100 * _cut(plan, state))
    total, gdp = over_draws(plan.total(state, "now")), float(plan.ds.attrs["gdp"])
    yearly = float(sum(plan.ds["market_size"].sel(domain=d).item() for d in {b.domain for b in state}))
    own = [
        ("The economy's own budget", [Cell("any vendor"), Cell(UNDEFINED), Cell("the rest", f"leaving at once: {number(100 * total.mean / gdp, 2)} % of one year's output ({span(100 * total.low / gdp, 100 * total.high / gdp, 2)})")]),
        ("Those who buy from operators", [Cell("any vendor"), Cell(UNDEFINED), Cell("the rest, if it is passed on", f"leaving at once: {number(100 * total.mean / yearly, 0)} % of a year's spending in these layers ({span(100 * total.low / yearly, 100 * total.high / yearly, 0)})")]),
    ]  # fmt: skip
    gift = f"Taken as gifts, these loans take {number(cut.mean, 0)} % ({span(cut.low, cut.high, 0)}) off the price." if cut.known else ""
    return Table(
        caption="Who could pay for what takes its place",
        heads=("who", "pays for", "chance to lend anything", "part of the new contracts, leaving now"),
        rows=[*rows, *own],
        words=True,
        note=f"Each lot as if it were up by itself; asking for all at once would leave less for each. Loans are repaid. {gift} "
        "Lenders that give nothing in any draw are left out.",
    )


def _cut(plan: Plan, state: list[Buyer]) -> np.ndarray:
    """Share of the price that loans take off, mean over buyers by what they spend.  (draw,)."""
    spent = np.sum([np.where(plan.has(b), plan.of("spending", b, "now"), 0.0) for b in state], axis=0)
    off = np.sum([np.where(plan.has(b), plan.of("spending", b, "now") * plan.of("cut", b, "now"), 0.0) for b in state], axis=0)
    return np.divide(off, spent, out=np.full(len(spent), np.nan), where=spent > 0)


def _lender(label: str) -> str:
    from lockin_sim.world.names import column_of

    return str(column_of("lenders", "label").get(label, label))


def loans(plan: Plan) -> Table | None:
    """What is owed when the plan begins, and what falls due of it."""
    owed = plan.ds["owed"].transpose("draw", "lender").values
    due = plan.ds["due_to_sponsor"].transpose("draw", "year", "sponsor").values
    sponsors, rows = plan.ds["sponsor"].values.tolist(), []
    labels = zip(*(plan.ds[n].values.tolist() for n in ("lender", "lender_of", "tied")), strict=True)
    for h, (lender, sponsor, tied) in enumerate(labels):
        if not (owed[:, h] > 0).any():
            continue
        vendors = f"vendors of {name_of('sponsor', sponsor)} alone" if tied else "nobody: any vendor could be bought from"
        rows.append((_lender(lender), [Cell(vendors), Cell(*money(over_draws(owed[:, h])))]))
    if not rows:
        return None
    parts = []
    for h, sponsor in enumerate(sponsors):
        if (due[..., h] > 0).any():
            soon = over_draws(due[:, :_SOON, h].sum(axis=1))
            parts.append(f"{adjective(sponsor)} lenders {money(soon)[0]} ({money(soon)[1]})")
    text = f"Principal due {plan.year} to {plan.year + _SOON - 1}: {listed(parts)}. " if parts else ""
    return Table(
        caption=f"What is owed when {plan.year} begins, simulated",
        heads=("lender", "tied to", "owed"),
        rows=rows,
        words=True,
        note=f"{text}{_RANGE} Leaving a vendor does not cancel a loan: it is repaid either way, and a tied lender lends "
        "nothing for another sponsor's vendors.",
    )


def policies(plan: Plan) -> Table | None:
    """How much leaves by itself, and how much more under policies."""
    domains = [d for d in plan.layers if plan.in_layer(d).mean >= _LEAST]
    if not domains:
        return None
    soon = min(plan.year + _SOON, plan.last)
    rows = []
    for s, title in enumerate(plan.ds["scenario"].values.tolist()):
        cells = []
        for domain in domains:
            for year in (soon, plan.last):
                if s == 0:
                    cells.append(Cell(*_points(over_draws(plan.left(domain, 0, year)))))
                else:
                    cells.append(Cell(*_points(plan.changes(domain, s, year))))
        rows.append((title, cells))
    heads = [f"{name_of('domain', d)}, by {y}" for d in domains for y in (soon, plan.last)]
    return Table(
        caption=f"What {plan.whom} would lose without being left",
        heads=("scenario", *heads),
        rows=rows,
        note="First row: points of the layer's capacity that are somebody else's by then (below zero: won on top), small print 5 to "
        "95 % of draws. Other rows: what a policy that begins in "
        f"{plan.year} adds to that, paired by draw, small print the 95 % interval of the mean.",
    )


def _points(found: Estimate[float]) -> tuple[str, str]:
    digits = min(effect_digits(*found), 1)
    return signed(found.mean, digits), span(found.low, found.high, digits)
