"""Mistakes in politics and finance: restrictions, votes, loans, prices."""

import importlib

import numpy as np
from theory.mutants.planting import change, mutant


@mutant("countries restrict without salience", "v37")
def restriction_without_salience():
    def probability(original, ready, salience, rate):
        return original(ready, np.ones_like(salience), rate)

    change("rules.restriction", "restriction_probability", probability)


@mutant("votes with the rival speak for the sponsor", "v37")
def sign_of_votes():
    def ready(original, concern, votes, *rest, **weights):
        return original(concern, -votes, *rest, **weights)

    change("rules.restriction", "readiness", ready)


@mutant("salience does not fade", "v37")
def salience_stays():
    change("rules.utility", "salience_now", lambda f, recorded, years, fading: f(recorded, 0 * years, fading))


@mutant("lenders serve the least appealing first", "e5")
def order_of_promises_reversed():
    change("rules.finance", "promises", lambda f, priority, *a: f(-priority, *a))


@mutant("terms do not count in the queue of a lender", "e5")
def terms_do_not_count():
    change(
        "rules.finance", "priority", lambda f, appeal, element, phi, shock: f(appeal, element, 0 * phi, shock)
    )


@mutant("what was overspent is forgotten", "e5")
def overspending_forgotten():
    change("rules.finance", "budget", lambda f, envelope, over, *a: f(envelope, 0 * over, *a))


def _pass_otherwise(procedure, passes):
    """Put what says of share, quota and verdict whether a proposal passes into a procedure."""
    known = importlib.import_module("lockin_sim.rules.voting").PROCEDURES
    original = known[procedure]

    def otherwise(*arguments):
        share, passed = original(*arguments)
        return share, passes(share, arguments[-2], passed)

    known[procedure] = otherwise


@mutant("a simple majority passes at exactly one half (>= for >)", "v19")
def majority_at_one_half():
    _pass_otherwise("one_country_one_vote", lambda share, quota, passed: share >= quota)


@mutant("two thirds exactly are refused (> for >=)", "v19")
def two_thirds_refused():
    _pass_otherwise("double_two_thirds", lambda share, quota, passed: passed & (share > quota))


@mutant("sales count the wrong way in the agenda", "e9")
def sign_of_elasticity():
    change("rules.voting", "agenda", lambda f, *a: f(*a[:-1], -np.asarray(a[-1])))


@mutant("the agenda is that of last year's sales alone", "e9")
def one_year_of_sales():
    def counted(original, world, now, sold, *rest):
        return original(world, now, sold[:, -1:], *rest)

    change("engine.politics", "contributions", counted)


@mutant("interest is counted from the mean of the year, which cancels it", "e9")
def interest_of_the_year():
    def interest(original, installed, owned, usual):
        found = original(installed, owned, usual)
        return found - found.mean(axis=-2, keepdims=True)

    change("rules.voting", "interest", interest)


@mutant("who abstains counts as a no", "e9")
def abstention_is_refusal():
    def ballot(original, *arguments):
        yes, votes = original(*arguments)
        return yes, np.ones_like(votes)

    change("rules.voting", "ballot", ballot)


@mutant("the band is on both sides of the middle", "e9")
def band_on_both_sides():
    change("rules.voting", "ballot", lambda f, utility, luck, band: f(utility - band / 2, luck, band))


@mutant("a vote decides on all of the work", "e9")
def all_is_contested():
    change("rules.voting", "contested_part", lambda f, share, relative: 1.0)


@mutant("a forum by invitation binds as the ITU does", "e9")
def forum_binds():
    change("world.model", "World._binding", lambda f, self, weight: f(self, 0.5))


@mutant("one dollar of every year's debt is lost", "v28")
def one_dollar_lost():
    books = importlib.import_module("lockin_sim.engine.books")
    original = books._debts

    def losing(batch, *rest):
        original(batch, *rest)
        batch.state.debt = np.where(batch.state.debt > 1e-6, batch.state.debt - 1e-9, batch.state.debt)

    books._debts = losing


@mutant("the grace period counts for nothing", "v28")
def grace_forgotten():
    change("rules.finance", "grant_element", lambda f, r, t, g, *a, **k: f(r, t, 0 * np.asarray(g), *a, **k))


@mutant("deployments are counted twice in learning", "v22")
def learning_twice():
    change("rules.pricing", "learned_cost", lambda f, c, q, *a: f(c, 2 * np.asarray(q), *a))


@mutant("the markup is on the price, not on its logarithm", "v27")
def markup_not_in_logs():
    def price(original, log_price, own, *, lock_in_markup, penetration_discount):
        return log_price + np.log1p(lock_in_markup * own - penetration_discount * (1 - own))

    change("rules.pricing", "log_customer_price", price)
