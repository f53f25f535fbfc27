"""The answer of an exit plan in sentences, true of any economy and any vendor."""

from __future__ import annotations

import numpy as np

from lockin_sim.report.words import count
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import Buyer, Plan, over_draws
from lockin_sim.wording import joined, listed, number
from lockin_sim.world.names import name_of

#: Part of a layer, per cent, from which it is named in the answer.
NAMED = 1.0


def opening_question(plan: Plan) -> str:
    """The question that the page answers."""
    return f"What would it cost {plan.country} to leave {plan.whom}?"


def money(found: Estimate[float]) -> tuple[str, str]:
    """A sum and its range over draws: millions below a billion."""
    if not found.known:
        return "not defined", ""
    largest = max(abs(found.mean), abs(found.high) if np.isfinite(found.high) else 0.0)
    factor, unit = (1.0, "bn USD") if largest >= 1 else (1000.0, "m USD")
    size = largest * factor
    digits = 0 if size >= 30 else 1 if size >= 3 else 2
    low, mean, high = (number(value * factor, digits) for value in (found.low, found.mean, found.high))
    return joined(mean, unit), f"{low} to {high}"


def ranged(found: Estimate[float], digits: int = 0, unit: str = "%") -> tuple[str, str]:
    """A number and its range over draws."""
    if not found.known:
        return "not defined", ""
    return joined(number(found.mean, digits), unit), f"{number(found.low, digits)} to {number(found.high, digits)}"


def said(pair: tuple[str, str]) -> str:
    """'12 % (3 to 30)'."""
    return f"{pair[0]} ({pair[1]})" if pair[1] else pair[0]


def answer(plan: Plan) -> list[str]:
    """Who supplies what, what leaving costs when, who could pay, and whether it happens by itself."""
    if not plan.anything:
        return [_nothing(plan)]
    state = [b for b in plan.buyers if plan.of_state(b) and plan.has(b).any()]
    return [_holds(plan), *_costs(plan, state), *_pays(plan, state), *_itself(plan)]


def _nothing(plan: Plan) -> str:
    verb = "supply" if plan.plural else "supplies"
    return (
        f"In {plan.year} {plan.whom} {verb} nothing that is bought in {plan.country} in any of "
        f"{count(plan.draws, 'draw')}: there is nothing to leave."
    )


def _holds(plan: Plan) -> str:
    """How much of which layers."""
    found = {d: plan.in_layer(d) for d in plan.layers}
    large = sorted((d for d in found if found[d].mean >= NAMED), key=lambda d: -found[d].mean)
    verb = "supply" if plan.plural else "supplies"
    start = f"In {plan.year} {plan.whom} {verb}"
    if not large:
        return f"{start} less than {NAMED:.0f} % of every layer in {plan.country}, on average over draws."
    parts = [f"{said(ranged(found[d]))} of {name_of('domain', d)}" for d in large]
    chosen = "" if plan.ds.attrs["named"] else _why(plan)
    return f"{start} {listed(parts)} in {plan.country}, by simulation; in brackets the range over draws.{chosen}"


def _why(plan: Plan) -> str:
    return " It is the largest foreign vendor where a state may restrict vendors, which is why it is asked about."


def _costs(plan: Plan, state: list[Buyer]) -> list[str]:
    if not state:
        return [f"Operators, agencies and cables have nothing from {plan.whom}; only users do."]
    now = over_draws(plan.total(state, "now"))
    again = over_draws(plan.total(state, "now", "bought_again"))
    later = over_draws(plan.total(state, "renewal"))
    text = (
        f"Leaving at once would cost operators, agencies and owners of cables {said(money(now))}, "
        f"{money(again)[0]} of it to buy again what was paid ahead; at the end of contracts, {said(money(later))}."
    )
    lots = [b for b in state if b.kind == "operator" and np.isfinite(plan.of("cost", b, "generation")).any()]
    if lots:
        due = [plan.due(b, "generation_year").mean for b in lots]
        first, last = int(min(due)), int(max(due))
        when = f"{first}" if first == last else f"{first} to {last}"
        text += (
            f" Lots of networks meet their next generation in {when} (medians over draws); what "
            f"a switch costs then is {said(money(over_draws(plan.total(lots, 'generation'))))}."
        )
    return [text]


def _pays(plan: Plan, state: list[Buyer]) -> list[str]:
    if not state:
        return []
    lenders = plan.ds["lender"].values.tolist()
    parts = [over_draws(plan.could_lend(h, state)).mean for h in range(len(lenders))]
    lent = float(np.nansum(parts))
    gdp = 100 * float(plan.ds.attrs["gdp"]) / 100
    share = 100 * over_draws(plan.total(state, "now")).mean / gdp
    rest = f"Leaving at once costs {number(share, 2)} % of one year's output."
    if lent < 0.5:
        return [f"No state lender that the model holds would pay a part of the new contracts worth naming. {rest}"]
    return [f"State lenders would pay {number(lent, 0)} % of the new contracts, as loans. {rest}"]


def _itself(plan: Plan) -> list[str]:
    """What leaves without anybody asking, in the layer that operators hold most of."""
    mine = [b for b in plan.buyers if b.kind == "operator" and plan.has(b).any()]
    if not mine:
        return []
    domain = max({b.domain for b in mine}, key=lambda d: plan.in_layer(d).mean)
    held, left = plan.in_layer(domain).mean, plan.left(domain, 0, plan.last)
    gone = 100 * float(left.mean()) / held
    text = f"If nothing is done, {number(gone, 0)} % of what {plan.whom} runs of {name_of('domain', domain)} "
    text += f"is somebody else's by {plan.last}." if gone >= 0 else f"is won on top by {plan.last}."
    if gone < 0:
        text = (
            f"If nothing is done, {plan.whom} {'run' if plan.plural else 'runs'} more of {name_of('domain', domain)} "
            f"by {plan.last} than now, by {number(-float(left.mean()), 0)} points."
        )
    found = [(t, plan.changes(domain, s, plan.last)) for s, t in enumerate(plan.ds["scenario"].values.tolist()) if s]
    clear = [(t, e) for t, e in found if e.distinct]
    if found and not clear:
        return [f"{text} None of the policies tried changes that by more than chance could."]
    moved = [f"{t}: {number(e.mean, 0)} points more of the layer" if e.mean > 0 else f"{t}: {number(-e.mean, 0)} points less" for t, e in clear]
    return [f"{text} {'; '.join(moved)}." if moved else text]
