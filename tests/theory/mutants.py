"""The classic mistakes, to be planted one at a time: ``MUTANT=name pytest tests/theory`` must fail.

Each is a small change of one rule of the package, made in memory; ``tools/mutation_check.py`` plants all.
"""

from __future__ import annotations

import importlib
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
        return np.broadcast_to(base.mean(axis=1, keepdims=True), base.shape)

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
    engine = importlib.import_module("lockin_sim.core.engine")
    original, rows_of = engine.STAGE["choice"], importlib.import_module("lockin_sim.core.rows").Rows
    shaped = importlib.import_module("lockin_sim.core.shaped").Shaped
    fields = ("base", "released", "total_released", "new", "market_value")

    def in_two_parts(batch: Any) -> None:
        whole, values = batch.rows, {name: getattr(batch, name) for name in fields}
        early = whole.country < len(batch.world.countries) // 2
        for part in (early, ~early):
            if part.any():
                batch.rows = rows_of(batch.world, len(batch.runs), whole.cell[part])
                batch.row = shaped(batch.parameters, batch.rows.run, None)
                for name, value in values.items():
                    setattr(batch, name, value[part] if len(value) == len(part) else value)
                original(batch)

    engine.STAGE["choice"] = in_two_parts


@_mutant("countries see last year's base of their neighbours", "drift or v07 or v34")
def stale_state() -> None:
    last: dict[int, Any] = {}

    def seen(original: Any, self: Any, base: Any) -> Any:
        before = last.get(id(self))
        last[id(self)] = base.copy()
        return original(self, base if before is None or before.shape != base.shape else before)

    _change("world.influence", "Influence.neighbours", seen)


@_mutant("a tender replaces everything, whatever its tranche", "partial")
def tranche_ignored() -> None:
    def released(original: Any, installed: Any, tendered: Any, tranche: Any, *rest: Any) -> Any:
        return original(installed, tendered, np.ones_like(tranche), *rest)

    _change("rules.tenders", "released_base", released)


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


@_mutant("one dollar of every year's debt is lost", "v28")
def one_dollar_lost() -> None:
    books = importlib.import_module("lockin_sim.core.books")
    original = books._debts

    def losing(batch: Any) -> None:
        original(batch)
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

    _change("rules.diffusion", "next_compliance", spread)


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
