"""Does a user's own term of utility enter numpy and agents alike, and no compiled code?"""

import numpy as np
import pytest
from equivalence.agreement import EVERYTHING, assert_same
from worlds import FIRST, rich_world

import lockin_sim as ls
from lockin_sim.runs.provenance import compute_world_digest

YEARS = (FIRST, FIRST + 8)
HOW = {"runs": 2, "years": YEARS, "seed": 3}


def trusting(offer, weights):
    """Cheap offers of distrusted sponsors are worth more, and those that work with one's own base."""
    return 0.5 * offer.concern * offer.salience - 0.1 * weights.price * offer.log_price + offer.incumbent_fit


def by_name(offer, weights, buyer, year):
    """What one operator, and two economies, make of some vendors and sponsors in some years."""
    landed = np.isin(buyer.country, ["C1", "C2"]) & (offer.sponsor == "S0") & (buyer.domain != "phones")
    mine = (buyer.operator == "operator 1") & (offer.vendor == "vendor_2")
    return weights.quality * (year - FIRST) * landed + 2.0 * mine


def simulated(world, engine):
    how = HOW if world.first_year == FIRST else {**HOW, "years": (0, 6)}
    ds = ls.simulate(ls.Scenario.none(), world=world, engine=engine, record=sorted(EVERYTHING), **how)
    return {str(name): variable.values for name, variable in ds.data_vars.items()}


@pytest.mark.parametrize("term", [trusting, by_name])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_numpy_and_agents_agree(seed, term):
    world = rich_world(seed)
    own = world.with_term(term)
    core = simulated(own, "core")
    assert_same(simulated(own, "mesa"), core)
    assert not np.array_equal(core["vendor_share"], simulated(world, "core")["vendor_share"], equal_nan=True)


def test_a_term_of_zero_and_one_that_is_the_same_for_all_choose_as_without():
    world = ls.toy_world(200, 3)
    plain = simulated(world, "core")
    for own in (world.with_term(lambda offer, weights: 0.0), world.with_term(lambda offer, weights: 2.5)):
        np.testing.assert_array_equal(simulated(own, "core")["vendor_share"], plain["vendor_share"])


def test_a_term_moves_choices_as_a_taste_of_its_size_does():
    """Among two offers that are equal otherwise, 1 utility unit for the first gives the odds of a logit."""
    world = ls.toy_world(4000, 2).with_term(lambda offer, weights: np.array([1.0, 0.0]))
    p = ls.Parameters.neutral()
    ds = ls.simulate(ls.Scenario.none(), world=world, parameters=p, runs=4, years=(0, 2), seed=1)
    share = ds["vendor_share"].isel(vendor=0, year=-1).mean()
    assert abs(share - 1 / (1 + np.exp(-1))) < 0.01


@pytest.mark.parametrize("engine", ["fast", "auto"])
def test_compiled_code_refuses_it_and_auto_takes_numpy(engine):
    pytest.importorskip("numba", reason="the extra fast is not installed")
    own = ls.toy_world(10, 2).with_term(trusting)
    if engine == "auto":
        assert (
            ls.simulate(ls.Scenario.none(), world=own, runs=1, years=(0, 2), engine="auto").engine == "core"
        )
        with ls.running(engine="auto"):
            ls.evaluate({"noise_scale": [1.0]}, scenario=ls.Scenario.none(), world=own, years=(2,), runs=1,
                        outcomes=("switching_pull",))  # fmt: skip
        return
    with pytest.raises(ls.InputError, match=r"engine: found 'fast'; allowed: 'core', 'mesa' or 'auto'"):
        ls.simulate(ls.Scenario.none(), world=own, runs=1, years=(0, 2), engine="fast")
    with ls.running(engine="fast"), pytest.raises(ls.InputError, match=r"World\.with_term"):
        ls.evaluate({"noise_scale": [1.0]}, scenario=ls.Scenario.none(), world=own, years=(2,), runs=1,
                    outcomes=("switching_pull",))  # fmt: skip


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda offer, weights: np.ones(7), r"found array.*; allowed: numbers that meet"),
        (lambda offer, weights: "much", "found 'much'; allowed: numbers that meet"),
        (lambda offer, weights: None, "found"),
        (lambda offer, weights: np.nan, "found nan; allowed: finite numbers"),
        (lambda offer, weights: np.inf * np.ones(2), "found inf; allowed: finite numbers"),
        (lambda offer: offer.vendorr == "nokia", "offer: found 'vendorr'; .*'vendor'"),
        (lambda buyer: buyer.county == "KEN", "buyer: found 'county'; .*'country'"),
        (lambda offer, weights: weights.concrn, "weights: found 'concrn'; .*'concern'"),
    ],
)
def test_what_is_no_finite_number_for_each_offer_is_refused(function, said):
    own = ls.toy_world(10, 2).with_term(function)
    for engine in ("core", "mesa"):
        with pytest.raises(ls.InputError, match=said):
            ls.simulate(ls.Scenario.none(), world=own, runs=1, years=(0, 2), engine=engine)


def writes(offer):
    offer.quality[...] = 0.0
    return 0.0


def counts(offer, weights):
    quality = offer.quality
    quality += weights.quality
    return 0.0


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("term", [writes, counts])
def test_a_term_that_writes_into_what_it_sees_is_refused(term, engine):
    """Or it would change offers without a word, where it cannot be told from a term that adds something."""
    with pytest.raises(
        ls.InputError, match=f"{term.__name__}: found one that writes into what it sees; allowed"
    ):
        simulated(rich_world(0).with_term(term), engine)


def test_a_term_sees_who_buys_who_sells_where_and_when():
    """A term that decides alone: each buyer has the vendor that it names, from the year that it names on."""

    def decides(offer, buyer, year):
        first = (buyer.country == "C1") | (year >= 4)
        return 50.0 * np.where(first, offer.vendor == "vendor_0", offer.vendor == "vendor_1")

    world = ls.toy_world(3, 2, 2).with_term(decides)
    ds = ls.simulate(ls.Scenario.none(), world=world, runs=4, years=(0, 6), seed=1, record="installed")
    first = ds["installed"].sel(vendor="vendor_0").isel(run=0, domain=1).transpose("country", "year")
    np.testing.assert_array_equal(first[:, 1:], [[0, 0, 0, 1, 1, 1], [1] * 6, [0, 0, 0, 1, 1, 1]])


@pytest.mark.parametrize(
    "wrong", [None, 3, "trusting", np.ones(2), int, lambda offer, wieghts: 0.0, lambda offer, /: 0.0]
)
def test_what_is_no_function_is_refused(wrong):
    with pytest.raises(ls.InputError, match=r"with_term: found .* a function of offer, weights, buyer and"):
        ls.toy_world(10, 2).with_term(wrong)


def test_another_function_is_another_world():
    def scaled(factor):
        return ls.toy_world(10, 2).with_term(lambda offer, weights: factor * offer.quality)

    assert len({compute_world_digest(scaled(factor)) for factor in (1.0, 2.0, 2.0)}) == 2
    plain = ls.toy_world(10, 2)
    assert compute_world_digest(plain) != compute_world_digest(scaled(1.0))
    assert compute_world_digest(plain) is compute_world_digest(
        plain
    )  # nothing of it can change: digested once
