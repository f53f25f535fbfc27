"""The classic mistakes, to be planted one at a time: ``MUTANT=name pytest tests/theory`` must fail.

Each is a small change of one rule of the package, made in memory; ``tools/mutation_check.py`` plants all.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Mutant(NamedTuple):
    """A mistake, what it would be in words, and which tests are asked to notice."""

    mistake: str
    tests: str  # expression of pytest's -k
    plant: Callable[[], None]


MUTANTS: dict[str, Mutant] = {}


def _mutant(mistake: str, tests: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def keep(plant: Callable[[], None]) -> Callable[[], None]:
        MUTANTS[plant.__name__] = Mutant(mistake, tests, plant)
        return plant

    return keep


def _change(module: str, name: str, changed: Callable[..., Any]) -> None:
    """Put ``changed(original, *arguments)`` in the place of a function or method of the package."""
    holder: Any = importlib.import_module(f"lockin_sim.{module}")
    *path, last = name.split(".")
    for part in path:
        holder = getattr(holder, part)
    original = getattr(holder, last)
    replacement = lambda *a, **k: changed(original, *a, **k)  # noqa: E731
    setattr(holder, last, staticmethod(replacement) if path and last == "gumbel" else replacement)


@_mutant("the switching cost is charged twice", "v10 or v39")
def switching_cost_twice() -> None:
    _change("rules.utility", "switching_term", lambda f, *a: 2 * f(*a))


@_mutant("the switching cost is a reward", "v10")
def sign_of_switching_cost() -> None:
    _change("rules.utility", "switching_term", lambda f, *a: -f(*a))


@_mutant("the network effect repels", "v06 or v32")
def sign_of_network_effect() -> None:
    _change("rules.utility", "network_term", lambda f, *a: -f(*a))


@_mutant("the dearer offer is the better", "v27")
def sign_of_price() -> None:
    _change("rules.utility", "price_term", lambda f, *a: -f(*a))


@_mutant("a country counts itself among its neighbours", "v07 or drift")
def own_choice_counted() -> None:
    def seen(original: Any, self: Any, base: Any) -> Any:
        if not self.uniform:
            return original(self, base)
        return np.broadcast_to(base.mean(axis=-2, keepdims=True), base.shape)

    _change("world.influence", "Influence.neighbours", seen)


@_mutant("shocks are normal of the same variance, not Gumbel", "v10 or a73")
def normal_shocks() -> None:
    draws = importlib.import_module("lockin_sim.draws").Draws
    _change("draws", "Draws.gumbel", lambda f, *a: draws.normal(*a) * np.pi / np.sqrt(6))


@_mutant("the noise scale is left out", "a73 or v10_stationary")
def noise_scale_ignored() -> None:
    _change("rules.choice", "choose", lambda f, u, e, *, noise_scale: f(u, e, noise_scale=1.0))


@_mutant("among equals the first listed wins", "a73")
def ties_to_the_first() -> None:
    def choose(original: Any, utility: Any, shock: Any, *, noise_scale: Any) -> Any:
        _, *rest = original(utility, shock, noise_scale=noise_scale)
        score = utility + noise_scale * shock
        return score.argmax(axis=-1)[..., None] == np.arange(score.shape[-1]), *rest

    _change("rules.choice", "choose", choose)


@_mutant("a hazard is taken for a probability", "v37")
def naive_hazard() -> None:
    _change("rules.restriction", "restriction_probability", lambda f, *a, **k: -np.log1p(-f(*a, **k)))


@_mutant("the rate of lifting is taken for a probability", "v37")
def naive_lifting() -> None:
    def following(
        original: Any, since: Any, year: Any, shock: Any, begins: Any, rate: Any, order: Any
    ) -> Any:
        return original(since, year, shock, begins, -np.log1p(-np.asarray(rate)), order)

    _change("rules.restriction", "next_restriction", following)


@_mutant("half of the countries see what the other half chose this year", "v08 or drift")
def order_of_update() -> None:
    look_around = importlib.import_module("lockin_sim.engine.surroundings").look_around
    installed_of = importlib.import_module("lockin_sim.model.installed").installed_of

    def in_two_parts(original: Any, batch: Any, year: Any, rows: Any, loans: Any, around: Any) -> Any:
        whole, state = original(batch, year, rows, loans, around), batch.state
        kept = state.incumbent.copy(), state.installed.copy()
        late = rows.country >= len(batch.world.countries) // 2
        early = ~late & whole.signed[:, 0]
        state.incumbent[rows.run[early], rows.lot[early]] = whole.slot[early]
        installed_of(batch.world, state)
        after = original(batch, year, rows, loans, look_around(batch, year, rows))
        state.incumbent, state.installed = kept
        signed = np.where(late[:, None], after.signed, whole.signed)
        return whole._replace(signed=signed, slot=np.where(late, after.slot, whole.slot))

    _change("engine.operators", "operators_choose", in_two_parts)


@_mutant("countries see last year's base of their neighbours", "drift or v07 or v34")
def stale_state() -> None:
    last: dict[int, Any] = {}

    def seen(original: Any, self: Any, base: Any) -> Any:
        before = last.get(id(self))
        last[id(self)] = base.copy()
        return original(self, base if before is None or before.shape != base.shape else before)

    _change("world.influence", "Influence.neighbours", seen)


# --- lots ------------------------------------------------------------------------------------------------


@_mutant("the incumbent, too, is charged for switching", "v10")
def own_vendor_charged() -> None:
    _change("rules.utility", "switching_term", lambda f, fit, *a: f(0 * np.asarray(fit), *a))


@_mutant("a generation frees nobody: carry_over is left out", "generation")
def carry_over_ignored() -> None:
    _change("rules.utility", "switching_term", lambda f, fit, cost, part: f(fit, cost, np.sign(part)))


@_mutant("a lot is due for the generation that it has (>= for >)", "generation or once_in_a_lifetime")
def due_again() -> None:
    _change("model.decisions", "due", lambda f, *, arrived, **k: f(arrived=arrived + 1, **k))


@_mutant("contract ends are taken for a hazard, 1 - exp(-1/L)", "v39 or v10_users")
def lifetime_as_hazard() -> None:
    _change("rules.contracts", "contract_end_probability", lambda f, lifetime: -np.expm1(-1.0 / lifetime))


@_mutant("all lots of a generation come in its first year", "over_three_years")
def generation_at_once() -> None:
    contracts = importlib.import_module("lockin_sim.rules.contracts")
    contracts.ROLL_OUT_YEARS = 1


@_mutant("lots of one country meet the same luck", "lots_of_one_country")
def lots_share_their_luck() -> None:
    def keys(original: Any, self: Any, name: str, year: int, run: Any, lot: Any) -> Any:
        lots = self.world.lots
        market = self.world.cell_keys[lots.domain[lot], lots.country[lot]]
        return original(self, name, year, run, lot) ^ self.world.lot_keys[lot] ^ market

    _change("engine.batch", "Batch.row_keys", keys)


@_mutant("lots weigh the same, whatever their weights", "e2")
def weights_ignored() -> None:
    def installed(original: Any, world: Any, state: Any) -> None:
        lots, each = world.lots, np.diff(world.lots.markets)
        even = dataclasses.replace(lots, weight=np.repeat(1.0 / each, each))
        original(dataclasses.replace(world, lots=even), state)

    _change("engine.choice", "installed_of", installed)


@_mutant("all who stay count as locked in", "e2 or v10_users")
def lock_in_of_all() -> None:
    _change("rules.choice", "lock_in", lambda f, share, chance, free: f(share, chance, 0 * free))


@_mutant("the sibling is a lot of another operator", "e8")
def sibling_of_another() -> None:
    def fit(original: Any, batch: Any, rows: Any, fit: Any) -> Any:
        return original(batch, rows._replace(lot=(rows.lot + 2) % len(batch.world.lots)), fit)

    _change("engine.operators", "_sibling_fit", fit)


@_mutant("the share to be removed is the same each year, 1 / Y", "e6")
def removal_share_constant() -> None:
    _change("rules.contracts", "removal_share", lambda f, allowed, passed: f(allowed, 0 * np.asarray(passed)))


@_mutant("tastes do not last", "e4")
def taste_of_the_year() -> None:
    count = itertools.count()

    def offers(original: Any, *given: Any) -> Any:
        known = original(*given)
        shuffled = np.random.default_rng(next(count)).permutation(len(known.taste))
        return known._replace(taste=known.taste[shuffled])

    _change("engine.operators", "_offers", offers)


@_mutant("all operators of a country have one taste", "e4")
def one_taste_for_all_operators() -> None:
    def offers(original: Any, batch: Any, year: Any, rows: Any, *given: Any) -> Any:
        lots = batch.world.lots
        first = lots.markets[np.searchsorted(lots.markets, rows.lot, side="right") - 1]
        known = original(batch, year, rows, *given)
        return known._replace(taste=batch.lot_taste[rows.run, first])

    _change("engine.operators", "_offers", offers)


# --- users and adopters ----------------------------------------------------------------------------------


@_mutant("friction is of the way back: kappa is transposed", "v10_users")
def friction_transposed() -> None:
    _change("rules.users", "friction", lambda f, *a, **k: f(*a, **k).swapaxes(-1, -2))


@_mutant("newcomers pay for switching", "e7")
def newcomers_pay_for_switching() -> None:
    users = importlib.import_module("lockin_sim.rules.users")

    def flow(original: Any, installed: Any, offers: Any, friction: Any, *rest: Any, **given: Any) -> Any:
        flowed, noise = original(installed, offers, friction, *rest, **given), given["noise_scale"]
        there, appeal = installed.sum(axis=-1, keepdims=True), users.appeal(offers, noise_scale=noise)
        new = flowed.installed.sum(axis=-1, keepdims=True) - there
        paid = users.moves(new * installed / there, appeal, friction, noise_scale=noise).gained
        return flowed._replace(installed=flowed.installed - new * appeal.chance + paid)

    _change("model.decisions", "flow", flow)


@_mutant("whoever considers it comes: no outside option", "e7")
def outside_option_ignored() -> None:
    _change(
        "rules.users",
        "newcomers",
        lambda f, k, surplus, out, *a: f(k, surplus, np.full_like(out, -np.inf), *a),
    )


@_mutant("the noise scale is left out of friction", "v10_users")
def noise_left_out_of_friction() -> None:
    _change("rules.users", "friction", lambda f, *a, noise_scale: f(*a, noise_scale=1.0))


@_mutant("adoptions sum to one", "e1")
def adopters_sum_to_one() -> None:
    shares = importlib.import_module("lockin_sim.rules.adoption").shares
    _change("rules.adoption", "next_share", lambda f, *a: shares(f(*a)))


@_mutant("laws are repealed", "e1")
def laws_repealed() -> None:
    _change("rules.adoption", "next_law", lambda f, adoption, *a: f(0 * adoption, *a))


@_mutant("an own jurisdiction may be left", "e1")
def home_may_be_left() -> None:
    _change("rules.adoption", "next_share", lambda f, *a: f(*a[:-1], np.zeros_like(a[-1])))


# --- politics and finance --------------------------------------------------------------------------------


@_mutant("countries restrict without salience", "v37")
def restriction_without_salience() -> None:
    def probability(original: Any, *facts: Any, **weights: Any) -> Any:
        return original(*facts[:-1], np.ones_like(facts[-1]), **weights)

    _change("rules.restriction", "restriction_probability", probability)


@_mutant("votes with the rival speak for the sponsor", "v37")
def sign_of_votes() -> None:
    def probability(original: Any, concern: Any, votes: Any, *rest: Any, **weights: Any) -> Any:
        return original(concern, -votes, *rest, **weights)

    _change("rules.restriction", "restriction_probability", probability)


@_mutant("salience does not fade", "v37")
def salience_stays() -> None:
    _change(
        "rules.utility", "salience_now", lambda f, recorded, years, fading: f(recorded, 0 * years, fading)
    )


@_mutant("lenders serve the least appealing first", "e5")
def order_of_promises_reversed() -> None:
    _change("rules.finance", "promises", lambda f, priority, *a: f(-priority, *a))


@_mutant("terms do not count in the queue of a lender", "e5")
def terms_do_not_count() -> None:
    _change(
        "rules.finance", "priority", lambda f, appeal, element, phi, shock: f(appeal, element, 0 * phi, shock)
    )


@_mutant("what was overspent is forgotten", "e5")
def overspending_forgotten() -> None:
    _change("rules.finance", "budget", lambda f, envelope, over, *a: f(envelope, 0 * over, *a))


@_mutant("a simple majority passes at exactly one half (>= for >)", "v19")
def majority_at_one_half() -> None:
    voting = importlib.import_module("lockin_sim.rules.voting")
    original = voting.PROCEDURES["one_country_one_vote"]

    def at_least(*arguments: Any) -> Any:
        share, _ = original(*arguments)
        return share, share >= arguments[-2]

    voting.PROCEDURES["one_country_one_vote"] = at_least


@_mutant("two thirds exactly are refused (> for >=)", "v19")
def two_thirds_refused() -> None:
    voting = importlib.import_module("lockin_sim.rules.voting")
    original = voting.PROCEDURES["double_two_thirds"]

    def more_than(*arguments: Any) -> Any:
        share, passed = original(*arguments)
        return share, passed & (share > arguments[-2])

    voting.PROCEDURES["double_two_thirds"] = more_than


@_mutant("sales count the wrong way in the agenda", "e9")
def sign_of_elasticity() -> None:
    _change("rules.voting", "agenda", lambda f, *a: f(*a[:-1], -np.asarray(a[-1])))


@_mutant("the agenda is that of last year's sales alone", "e9")
def one_year_of_sales() -> None:
    def counted(original: Any, world: Any, now: Any, sold: Any, *rest: Any) -> Any:
        return original(world, now, sold[:, -1:], *rest)

    _change("engine.politics", "contributions", counted)


@_mutant("interest is counted from the mean of the year, which cancels it", "e9")
def interest_of_the_year() -> None:
    def interest(original: Any, installed: Any, owned: Any, usual: Any) -> Any:
        found = original(installed, owned, usual)
        return found - found.mean(axis=-2, keepdims=True)

    _change("rules.voting", "interest", interest)


@_mutant("who abstains counts as a no", "e9")
def abstention_is_refusal() -> None:
    def ballot(original: Any, *arguments: Any) -> Any:
        yes, votes = original(*arguments)
        return yes, np.ones_like(votes)

    _change("rules.voting", "ballot", ballot)


@_mutant("the band is on both sides of the middle", "e9")
def band_on_both_sides() -> None:
    _change("rules.voting", "ballot", lambda f, utility, luck, band: f(utility - band / 2, luck, band))


@_mutant("a vote decides on all of the work", "e9")
def all_is_contested() -> None:
    _change("rules.voting", "contested_part", lambda f, share, relative: 1.0)


@_mutant("a forum by invitation binds as the ITU does", "e9")
def forum_binds() -> None:
    _change("world.model", "World._binding", lambda f, self, weight: f(self, 0.5))


@_mutant("one dollar of every year's debt is lost", "v28")
def one_dollar_lost() -> None:
    books = importlib.import_module("lockin_sim.engine.books")
    original = books._debts

    def losing(batch: Any, *rest: Any) -> None:
        original(batch, *rest)
        batch.state.debt = np.where(batch.state.debt > 1e-6, batch.state.debt - 1e-9, batch.state.debt)

    books._debts = losing


@_mutant("the grace period counts for nothing", "v28")
def grace_forgotten() -> None:
    _change("rules.finance", "grant_element", lambda f, r, t, g, *a, **k: f(r, t, 0 * np.asarray(g), *a, **k))


@_mutant("deployments are counted twice in learning", "v22")
def learning_twice() -> None:
    _change("rules.pricing", "learned_cost", lambda f, c, q, *a: f(c, 2 * np.asarray(q), *a))


@_mutant("the markup is on the price, not on its logarithm", "v27")
def markup_not_in_logs() -> None:
    def price(
        original: Any, log_price: Any, own: Any, *, lock_in_markup: Any, penetration_discount: Any
    ) -> Any:
        return log_price + np.log1p(lock_in_markup * own - penetration_discount * (1 - own))

    _change("rules.pricing", "log_customer_price", price)


@_mutant("status does not count in how standards spread", "v23")
def status_ignored() -> None:
    def spread(original: Any, compliance: Any, own: Any, status: Any, share: Any, rate: Any) -> Any:
        return original(compliance, own, np.ones_like(status), share, rate)

    _change("rules.diffusion", "next_mix", spread)


@_mutant("what one market demands is built for all of them", "e10")
def demand_travels_whole() -> None:
    def target(original: Any, *a: Any, travel: Any, pull: Any) -> Any:
        return original(*a, travel=1.0, pull=pull)

    _change("rules.diffusion", "compliance_target", target)


@_mutant("whoever takes up a family forgets the first", "e10")
def first_family_forgotten() -> None:
    def target(original: Any, own: Any, demanded: Any, status: Any, initial: Any, **k: Any) -> Any:
        return original(own, demanded, status, np.zeros_like(initial), **k)

    _change("rules.diffusion", "compliance_target", target)


@_mutant("families in common add up although each is enough", "e10")
def common_families_add_up() -> None:
    _change("rules.diffusion", "common_family", lambda f, a: np.minimum(1.0, 2 * f(a)))


@_mutant("the first family costs like any other", "e10")
def first_family_costs() -> None:
    def cost(original: Any, compliance: Any, foreign: Any, *, dual_cost: Any, royalty_rate: Any) -> Any:
        extra = original(compliance, foreign, dual_cost=dual_cost, royalty_rate=royalty_rate)
        return extra + dual_cost * np.max(compliance, axis=-1)

    _change("rules.pricing", "speaking_cost", cost)


@_mutant("fines are for those who comply", "e10")
def fines_for_complying() -> None:
    _change("rules.pricing", "fines", lambda f, fine, a: f(fine, 1.0 - a))


@_mutant("demanding markets speak no more than vendors build anyway", "e10")
def demand_without_effect() -> None:
    _change("rules.diffusion", "reach", lambda f, share, inside, *a: f(share, 0.0 * inside, *a))


@_mutant("a coalition needs more than its quota", "v18")
def quota_exceeded() -> None:
    _change("indices.power", "_swings", lambda f, weights, quota: f(weights, quota + 1))


def plant(name: str) -> None:
    """Make one mistake; an error if the code has changed so that it no longer fits."""
    try:
        MUTANTS[name].plant()
    except Exception as problem:
        problem.add_note(f"the mistake {name!r} cannot be planted any more: mend tests/theory/mutants.py")
        raise
