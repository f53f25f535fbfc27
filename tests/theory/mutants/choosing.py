"""Mistakes in how buyers choose: offers and neighbours, lots, users and adopters."""

import dataclasses
import importlib
import itertools
from typing import Any

import numpy as np
from theory.mutants.planting import change, mutant


@mutant("the switching cost is charged twice", "v10 or v39")
def switching_cost_twice():
    change("rules.utility", "switching_term", lambda f, *a: 2 * f(*a))


@mutant("the switching cost is a reward", "v10")
def sign_of_switching_cost():
    change("rules.utility", "switching_term", lambda f, *a: -f(*a))


@mutant("the network effect repels", "v06 or v32")
def sign_of_network_effect():
    change("rules.utility", "network_term", lambda f, *a: -f(*a))


@mutant("the dearer offer is the better", "v27")
def sign_of_price():
    change("rules.utility", "price_term", lambda f, *a: -f(*a))


@mutant("a country counts itself among its neighbours", "v07 or drift")
def own_choice_counted():
    def seen(original, self, base):
        if not self.uniform:
            return original(self, base)
        return np.broadcast_to(base.mean(axis=-2, keepdims=True), base.shape)

    change("world.markets", "Influence.neighbours", seen)


@mutant("shocks are normal of the same variance, not Gumbel", "v10 or a73")
def normal_shocks():
    draws = importlib.import_module("lockin_sim.common.draws").Draws
    change("common.draws", "Draws.gumbel", lambda f, *a: draws.normal(*a) * np.pi / np.sqrt(6))


@mutant("the noise scale is left out", "a73 or v10_stationary")
def noise_scale_ignored():
    change("rules.choice", "choose", lambda f, u, e, *, noise_scale: f(u, e, noise_scale=1.0))


@mutant("among equals the first listed wins", "a73")
def ties_to_the_first():
    def choose(original, utility, shock, *, noise_scale):
        _, *rest = original(utility, shock, noise_scale=noise_scale)
        score = utility + noise_scale * shock
        return score.argmax(axis=-1)[..., None] == np.arange(score.shape[-1]), *rest

    change("rules.choice", "choose", choose)


@mutant("a hazard is taken for a probability", "v37")
def naive_hazard():
    change("rules.restriction", "restriction_probability", lambda f, *a, **k: -np.log1p(-f(*a, **k)))


@mutant("the rate of lifting is taken for a probability", "v37")
def naive_lifting():
    change("rules.restriction", "lifting_probability", lambda f, *a: -np.log1p(-f(*a)))


@mutant("half of the countries see what the other half chose this year", "v08 or drift")
def order_of_update():
    look_around = importlib.import_module("lockin_sim.engine.market").look_around
    installed_of = importlib.import_module("lockin_sim.model.state").installed_of

    def in_two_parts(original, batch, year, rows, loans, around):
        (whole, counted), state = original(batch, year, rows, loans, around), batch.state
        kept = state.incumbent.copy(), state.installed.copy()
        late = rows.country >= len(batch.world.countries) // 2
        early = ~late & whole.signed[:, 0]
        state.incumbent[rows.run[early], rows.lot[early]] = whole.slot[early]
        installed_of(batch.world, state, year.year)
        after, _ = original(batch, year, rows, loans, look_around(batch, year, rows))
        state.incumbent, state.installed = kept
        signed = np.where(late[:, None], after.signed, whole.signed)
        return whole._replace(signed=signed, slot=np.where(late, after.slot, whole.slot)), counted

    change("engine.buyers", "operators_choose", in_two_parts)


@mutant("countries see last year's base of their neighbours", "drift or v07 or v34")
def stale_state():
    last: dict[int, Any] = {}

    def seen(original, self, base):
        before = last.get(id(self))
        last[id(self)] = base.copy()
        return original(self, base if before is None or before.shape != base.shape else before)

    change("world.markets", "Influence.neighbours", seen)


# --- lots -------------------------------------------------------------------------------------------------


@mutant("the incumbent, too, is charged for switching", "v10")
def own_vendor_charged():
    change("rules.utility", "switching_term", lambda f, fit, *a: f(0 * np.asarray(fit), *a))


@mutant("a generation frees nobody: carry_over is left out", "generation")
def carry_over_ignored():
    change("rules.utility", "switching_term", lambda f, fit, cost, part: f(fit, cost, np.sign(part)))


@mutant("a lot is due for the generation that it has (>= for >)", "generation")
def due_again():
    change("model.decisions", "due", lambda f, *, arrived, **k: f(arrived=arrived + 1, **k))


@mutant("contract ends are taken for a hazard, 1 - exp(-1/L)", "v39 or v10_users")
def lifetime_as_hazard():
    change("rules.contracts", "contract_end_probability", lambda f, lifetime: -np.expm1(-1.0 / lifetime))


@mutant("all lots of a generation come in its first year", "years_of_a_roll_out")
def generation_at_once():
    change("rules.contracts", "generation_start", lambda f, launch, years, shock: f(launch, 1, shock))


@mutant("lots of one country meet the same luck", "lots_of_one_country")
def lots_share_their_luck():
    def lots(original, batch):
        own = batch.world.lots
        return original(batch)._replace(keys=batch.world.cell_keys[own.domain, own.country])

    change("engine.buyers", "lots_of", lots)


@mutant("lots weigh the same, whatever their weights", "e2")
def weights_ignored():
    def installed(original, world, state, year):
        lots, each = world.lots, np.diff(world.lots.markets)
        even = dataclasses.replace(lots, weight=np.repeat(1.0 / each, each))
        original(dataclasses.replace(world, lots=even), state, year)

    change("engine.books", "installed_of", installed)


@mutant("all who stay count as pulled by switching costs", "e2 or v10_users")
def switching_pull_of_all():
    change("rules.choice", "switching_pull", lambda f, share, chance, free: f(share, chance, 0 * free))


@mutant("the sibling is a lot of another operator", "e8")
def sibling_of_another():
    def lots(original, batch):
        known = original(batch)
        return known._replace(sibling=np.roll(known.sibling, -2))

    change("engine.buyers", "lots_of", lots)


@mutant("the share to be removed is the same each year, 1 / Y", "e6")
def removal_share_constant():
    change("rules.contracts", "removal_share", lambda f, allowed, passed: f(allowed, 0 * np.asarray(passed)))


@mutant("tastes do not last", "e4")
def taste_of_the_year():
    count = itertools.count()

    def lots(original, batch):
        known = original(batch)
        shuffled = np.random.default_rng(next(count)).permutation(known.taste.shape[1])
        return known._replace(taste=known.taste[:, shuffled])

    change("engine.buyers", "lots_of", lots)


@mutant("all operators of a country have one taste", "e4")
def one_taste_for_all_operators():
    def lots(original, batch):
        known, markets = original(batch), batch.world.lots.markets
        first = markets[np.searchsorted(markets, np.arange(known.taste.shape[1]), side="right") - 1]
        return known._replace(taste=known.taste[:, first])

    change("engine.buyers", "lots_of", lots)


# --- users and adopters -----------------------------------------------------------------------------------


@mutant("friction is of the way back: kappa is transposed", "v10_users")
def friction_transposed():
    change("rules.users", "friction", lambda f, *a, **k: f(*a, **k).swapaxes(-1, -2))


@mutant("newcomers pay for switching", "e7")
def newcomers_pay_for_switching():
    users = importlib.import_module("lockin_sim.rules.users")

    def flow(original, installed, offers, friction, *rest, **given):
        flowed, noise = original(installed, offers, friction, *rest, **given), given["noise_scale"]
        there, appeal = installed.sum(axis=-1, keepdims=True), users.appeal(offers, noise_scale=noise)
        new = flowed.installed.sum(axis=-1, keepdims=True) - there
        paid = users.moves(new * installed / there, appeal, friction, noise_scale=noise).gained
        return flowed._replace(installed=flowed.installed - new * appeal.chance + paid)

    change("model.decisions", "flow", flow)


@mutant("whoever considers it comes: no outside option", "e7")
def outside_option_ignored():
    change(
        "rules.users",
        "newcomers",
        lambda f, k, surplus, out, *a: f(k, surplus, np.full_like(out, -np.inf), *a),
    )


@mutant("the noise scale is left out of friction", "v10_users")
def noise_left_out_of_friction():
    change("rules.users", "friction", lambda f, *a, noise_scale: f(*a, noise_scale=1.0))


@mutant("adoptions sum to one", "e1")
def adopters_sum_to_one():
    shares = importlib.import_module("lockin_sim.rules.adoption").shares
    change("rules.adoption", "next_share", lambda f, *a: shares(f(*a)))


@mutant("laws are repealed", "e1")
def laws_repealed():
    change("rules.adoption", "next_law", lambda f, adoption, *a: f(0 * adoption, *a))


@mutant("an own jurisdiction may be left", "e1")
def home_may_be_left():
    change("rules.adoption", "next_share", lambda f, *a: f(*a[:-1], np.zeros_like(a[-1])))
