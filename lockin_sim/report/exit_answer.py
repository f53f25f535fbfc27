"""The answer of an exit plan in sentences, true of any economy and any vendor."""

from __future__ import annotations

import numpy as np

from lockin_sim.report.words import count
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import Buyer, Plan, over_draws
from lockin_sim.wording import joined, listed, number, opening
from lockin_sim.world.names import adjective, name_of

#: Part of a layer, per cent, from which it is named in the answer.
NAMED = 1.0

#: Share of draws from which a restriction is told.
_TOLD = 0.05


def title(plan: Plan) -> str:
    """The question that the page answers."""
    return f"What would it cost {plan.country} to leave {plan.whom}?"


def money(found: Estimate[float]) -> tuple[str, str]:
    """A sum and its range over draws: millions below a billion."""
    if not found.known:
        return "not defined", ""
    largest = max(abs(value) for value in found if np.isfinite(value))
    if largest == 0:
        return "nothing", ""
    factor, unit = (1.0, "bn\N{NO-BREAK SPACE}USD") if largest >= 1 else (1000.0, "m\N{NO-BREAK SPACE}USD")
    size = largest * factor
    digits = 0 if size >= 30 else 1 if size >= 3 else 2
    low, mean, high = (number(value * factor, digits) for value in (found.low, found.mean, found.high))
    return joined(mean, unit), f"{low} to {high}"


def ranged(found: Estimate[float], digits: int = 0, unit: str = "%") -> tuple[str, str]:
    """A number and its range over draws."""
    if not found.known:
        return "not defined", ""
    low, mean, high = (number(value, digits) for value in (found.low, found.mean, found.high))
    return joined(mean, unit), f"{low} to {high}"


def said(pair: tuple[str, str]) -> str:
    """'12 % (3 to 30)'."""
    return f"{pair[0]} ({pair[1]})" if pair[1] else pair[0]


def answer(plan: Plan) -> list[str]:
    """Who supplies what, what leaving costs when, who could pay, and whether it happens by itself."""
    if not plan.anything:
        return [_nothing(plan)]
    state = plan.state
    return [_holds(plan), *_costs(plan, state), *_pays(plan, state), *_itself(plan)]


def _nothing(plan: Plan) -> str:
    """The sentence for an economy that has nothing to leave."""
    return (
        f"In {plan.year} {_they(plan, 'supply', 'supplies')} nothing that is bought in {plan.country} in any "
        f"of {count(plan.draws, 'draw')}: there is nothing to leave."
    )


def _they(plan: Plan, plural: str, single: str) -> str:
    """Those to be left, with the verb in their number."""
    return f"{plan.whom} {plural if plan.plural else single}"


def _holds(plan: Plan) -> str:
    """How much of which layers."""
    found = {d: plan.in_layer(d) for d in plan.layers}
    large = sorted((d for d in found if found[d].mean >= NAMED), key=lambda d: -found[d].mean)
    start = f"In {plan.year} {_they(plan, 'supply', 'supplies')}"
    if not large:
        text = f"{start} less than {NAMED:.0f} % of every layer in {plan.country}, on average over draws."
    else:
        parts = [f"{said(ranged(found[d]))} of {name_of('domain', d)}" for d in large]
        text = f"{start} {listed(parts)} in {plan.country}, as simulated (range over draws)."
    if not plan.ds.attrs["named"]:
        why = "is asked about as the largest foreign vendor of layers that states may restrict"
        text += f" {opening(plan.whom)} {why}."
    if plan.restricted > _TOLD:
        whose = adjective(str(plan.ds.attrs["sponsor"]))
        share = number(100 * plan.restricted, 0)
        text += f" In {share} % of draws {plan.country} restricts {whose} vendors by then."
    return text


def _costs(plan: Plan, state: list[Buyer]) -> list[str]:
    """What leaving costs at once, at contracts' ends and with generations."""
    if not state:
        whom = opening(plan.whom)
        return [
            f"Operators, agencies and cables have nothing from {plan.whom}; users do.",
            *_of_users(plan, whom),
        ]
    now, again = (over_draws(plan.total(state, "now", name)) for name in ("cost", "bought_again"))
    later = over_draws(plan.total(state, "renewal"))
    text = (
        f"Leaving at once would cost operators, agencies and owners of cables {said(money(now))}, "
        f"{money(again)[0]} of it to buy again what was paid ahead; at contracts' ends {said(money(later))}."
    )
    lots = lots_of_generations(plan, state)
    if lots:
        due = [plan.due(b, "generation_year").mean for b in lots]
        first, last = int(min(due)), int(max(due))
        when = f"{first}" if first == last else f"{first} to {last}, a median for each"
        cost = said(money(over_draws(plan.total(lots, "generation"))))
        text += f" Their networks meet the next generation in {when}; a switch then costs {cost}."
    return [text, *_users_too(plan)]


def _users(plan: Plan) -> list[Buyer]:
    """Users that have something to leave in more than a few draws."""
    return [b for b in plan.at_stake if b.kind == "users"]


def _users_too(plan: Plan) -> list[str]:
    """What it costs users, beside operators, agencies and owners of cables."""
    users = _users(plan)
    if not users:
        return []
    cost = said(money(over_draws(plan.total(users, "now"))))
    return [f"Users of {listed([name_of('domain', b.domain) for b in users])} would pay {cost} on top."]


def lots_of_generations(plan: Plan, buyers: list[Buyer]) -> list[Buyer]:
    """Those that a generation frees."""
    return [b for b in buyers if np.isfinite(plan.of("cost", b, "generation")).any()]


def _of_users(plan: Plan, whom: str) -> list[str]:
    """What it costs users, where only they have something to leave."""
    found = over_draws(plan.total([b for b in plan.buyers if plan.has(b).any()], "renewal"))
    return [f"{whom} left when their contracts end would cost them {said(money(found))}."]


def _pays(plan: Plan, state: list[Buyer]) -> list[str]:
    """What state lenders would pay, and how much of a year's output it takes."""
    if not state:
        return []
    parts = [over_draws(plan.could_lend(h, state)).mean for h in range(plan.ds.sizes["lender"])]
    lent = float(np.nansum(parts))
    users = _users(plan)
    share = 100 * over_draws(plan.total([*state, *users], "now")).mean / float(plan.ds.attrs["gdp"])
    whose = "at once, users and all," if users else "at once"
    rest = f"Leaving {whose} costs {number(share, 2)} % of one year's output." if share >= 0.005 else ""
    if lent < 0.5:
        return [f"No state lender that the model holds would pay for new contracts. {rest}".rstrip()]
    text = f"State lenders would pay {number(lent, 0)} % of the new contracts, as loans to be repaid. {rest}"
    return [text.rstrip()]


def _itself(plan: Plan) -> list[str]:
    """What leaves without anybody asking, in the layer that those to be left supply most of."""
    held = {domain: plan.in_layer(domain).mean for domain in plan.layers}
    domain = max(held, key=lambda each: held[each])
    if held[domain] < NAMED:
        return []
    gone = plan.leaves(domain, plan.last)
    what = f"what {_they(plan, 'supply', 'supplies')} of {name_of('domain', domain)}"
    size, when = number(abs(gone.mean), 0), f"by {plan.last}, the last year followed"
    text = (
        f"If nothing is done, {size} % of {what} is somebody else's {when}."
        if gone.mean >= 0
        else f"If nothing is done, {what} grows by {size} % {when}."
    )
    titles = plan.ds["scenario"].values.tolist()
    tried = [(t, plan.changes(domain, s, plan.last)) for s, t in enumerate(titles) if s]
    clear = [(t, e) for t, e in tried if e.distinct]
    if tried and not clear:
        return [f"{text} None of the policies tried changes that by more than chance could."]
    moved = [f"{t}, {number(abs(e.mean), 0)} points {'more' if e.mean > 0 else 'less'}" for t, e in clear]
    return [f"{text} Under policies: {'; '.join(moved)}." if moved else text]
