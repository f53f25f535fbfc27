"""Who could pay for an exit, and what loans tie: the tables of money of an exit plan."""

from __future__ import annotations

from lockin_sim.report.exit_answer import money, ranged
from lockin_sim.report.exit_tables import SOON
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.words import span
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import Buyer, Plan, median, over_draws
from lockin_sim.wording import UNDEFINED, listed, number, opening
from lockin_sim.world.names import adjective, column_of

#: What is known of lenders, to stand beside their numbers.
ASSUMED = (
    "What lenders could give a year and whom they serve is assumed, mostly by income group and size: that "
    "one ever lent here for such a contract is not implied. A share that surprises those who know the "
    "lenders is a limit of the model."
)


def lenders(plan: Plan) -> Table | None:
    """Who could pay for what takes the place of what is left: lenders, the budget, the buyers."""
    state = plan.state
    if not state:
        return None
    rows = []
    for h, (lender, sponsor, tied) in enumerate(_labels(plan)):
        part = plan.could_lend(h, state)
        some = float((part > 0).mean())
        if some > 0:
            cells = [
                Cell(_bought(sponsor, tied)),
                Cell(f"{number(100 * some, 0)} %"),
                Cell(*ranged(over_draws(part))),
            ]
            rows.append((_lender(lender), cells))
    cut = over_draws(plan.cut(state))
    off = (
        f" They take {number(cut.mean, 0)} % ({span(cut.low, cut.high, 0)}) off the price."
        if cut.known
        else ""
    )
    return Table(
        caption="Who could pay for what takes its place",
        heads=("who", "pays for", "chance to lend anything", "part of the new contracts, leaving now"),
        rows=[*rows, *_own(plan, state)],
        words=True,
        note="Each lot as if it were up by itself, with lenders in their usual order; asking for all at "
        f"once would leave less for each. Loans are repaid.{off} Lenders that give nothing in any draw "
        f"are left out. {ASSUMED}",
    )


def _own(plan: Plan, state: list[Buyer]) -> list[tuple[str, list[Cell]]]:
    """What is left to the budget, or to those who buy from operators."""
    total = over_draws(plan.total(state, "now"))
    sizes = plan.ds["market_size"].sel(domain=sorted({b.domain for b in state}))
    parts = (
        ("The economy's own budget", "the rest", float(plan.ds.attrs["gdp"]), 2, "one year's output"),
        ("Those who buy from operators", "the rest, if it is passed on", float(sizes.sum()), 0,
         "a year's spending in these layers"),
    )  # fmt: skip
    rows = []
    for who, part, whole, digits, of in parts:
        scaled = Estimate(*(100 * value / whole for value in total))
        text, small = ranged(scaled, digits)
        said = f"leaving at once costs {text} of {of} ({small})"
        rows.append((who, [Cell("any vendor"), Cell(UNDEFINED), Cell(part, said)]))
    return rows


def loans(plan: Plan) -> Table | None:
    """What is owed when the plan begins, to whom it ties, and what falls due of it until when."""
    owed, until = (plan.ds[n].transpose("draw", "lender").values for n in ("owed", "owed_until"))
    due = plan.ds["due_to_lender"].transpose("draw", "year", "lender").values[:, :SOON].sum(axis=1)
    rows = []
    for h, (lender, sponsor, tied) in enumerate(_labels(plan)):
        if (owed[:, h] > 1e-9).any():
            ends = median(until[:, h])
            cells = [
                Cell(_bought(sponsor, tied)),
                *(Cell(*money(over_draws(values[:, h]))) for values in (owed, due)),
                Cell(f"{ends.mean:.0f}", f"{ends.low:.0f} to {ends.high:.0f}"),
            ]
            rows.append((_lender(lender), cells))
    if not rows:
        return None
    own = str(plan.ds.attrs["own_lenders"]).split("; ")
    lends = (
        f" {opening(plan.country)} has lenders of its own ({listed([_lender(name) for name in own])}) and "
        "borrows from others in the model all the same, as any economy of its income group does: no record "
        "says that it owes them so much."
        if own[0]
        else ""
    )
    soon = f"due {plan.year} to {plan.year + SOON - 1}"
    return Table(
        caption=f"What is owed when {plan.year} begins, simulated",
        heads=("lender", "pays for", "owed", soon, "last payment"),
        rows=rows,
        words=True,
        note="Principal; small print: 5 to 95 % of draws, of the last payment of those with a debt. Leaving "
        "a vendor does not cancel a loan: it is repaid either way, and a lender that pays for its own "
        "vendors alone lends nothing to buy from others. Only what China lent is compared with a record."
        f"{lends}",
    )


def _labels(plan: Plan) -> list[tuple[str, str, int]]:
    """Lender, its sponsor, and whether it is tied."""
    return list(zip(*(plan.ds[n].values.tolist() for n in ("lender", "lender_of", "tied")), strict=True))


def _bought(sponsor: str, tied: int) -> str:
    """From whom a loan may buy."""
    return f"{adjective(sponsor)} vendors alone" if tied else "any vendor"


def _lender(label: str) -> str:
    """The name of a lender."""
    return str(column_of("lenders", "label").get(label, label))
