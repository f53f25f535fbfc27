"""Does the method find what is known?  A linear model with normal luck, whose posterior is known by hand."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import binom, chi2, kstest, qmc

import lockin_sim as ls
from lockin_sim.common import emulator
from lockin_sim.common.errors import InputError
from lockin_sim.evidence.calibrate import (
    ROUNDS,
    WalkerDraws,
    Wave,
    compute_log_marginal,
    refine_contract_emulator,
    run_waves,
    sample_posterior,
)
from lockin_sim.evidence.posterior import build_prior, compute_effective_draws, measure_emulator_errors
from lockin_sim.evidence.tolerance import (
    ALIKE,
    PRIOR,
    Tolerance,
    build_tolerance,
    estimate_errors,
    estimate_model_error,
    estimate_run_covariance,
)
from lockin_sim.record import FITTED, Fact, Question
from lockin_sim.settings.parameters import collect_declarations

LUCK = 0.2

#: What the model is off, of each fact.
OFF = np.array([0.03, 0.03, 0.025])


def fact(subject, what, recorded, cluster):
    """A fact that no run is asked about."""
    return Fact(subject, Question("base", "", "", 2020), recorded, FITTED, cluster, what=what)


FACTS = (
    fact("cards", "one", 0.5, "a"),
    fact("cards", "two", 1.0, "a"),
    fact("online retail", "three", 0.3, "b"),
)
SLOPES = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.8]])  # (parameter, fact)


def linear(places, runs, seed):
    """Runs of the linear model.  (point, run, fact)."""
    luck = np.random.default_rng(seed).normal(0, LUCK, (len(places), runs, len(FACTS)))
    return (places @ SLOPES)[:, None] + luck


def wave(points=80, runs=40):
    """A wave of a model of which it is known how far it is off."""
    places = np.random.default_rng(0).random((points, 2))
    made = Wave(FACTS, places, linear(places, runs, 1))
    made.__dict__["off"] = OFF
    return made


def moments(log_likelihood, power=1.0):
    """Mean and standard deviation of a power of a likelihood, by summing over a grid.  (parameter,) each."""
    axis = (np.arange(60) + 0.5) / 60
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    likely = power * log_likelihood(grid)
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    mean = weight @ grid
    return mean, np.sqrt(weight @ (grid - mean) ** 2)


def test_luck_and_what_is_off_make_up_the_tolerance():
    found = build_tolerance(FACTS, estimate_run_covariance(linear(np.full((400, 2), 0.5), 50, 3)), OFF)
    np.testing.assert_allclose(found.luck, LUCK**2 * np.eye(3), atol=0.001)
    cards, retail = FACTS[0], FACTS[2]
    assert found.other[0, 0] == pytest.approx(cards.error**2 + OFF[0] ** 2)
    assert found.other[0, 1] == pytest.approx(ALIKE * OFF[0] * OFF[1])
    assert found.other[0, 2] == 0.0
    assert found.other[2, 2] == pytest.approx(retail.error**2 + OFF[2] ** 2)


@pytest.mark.parametrize("true", [0.0, 0.3])
def test_what_the_model_is_off_is_learnt_where_the_record_is_likely(true):
    """All facts at the middle of a plane, but those of one subject as far off as is to be found."""
    rng = np.random.default_rng(5)
    subjects = np.repeat(["cards", "online retail", "clouds sold"], 30)
    off = np.where(subjects == "cards", true * rng.choice([-1, 1], 90), 0.0)
    facts = tuple(
        fact(s, str(k), 0.5 + o, f"{s} {k}") for k, (s, o) in enumerate(zip(subjects, off, strict=True))
    )
    places = rng.random((400, 2))
    means = np.repeat((0.5 + (places - 0.5) @ np.array([[1.0], [0.5]])), len(facts), axis=1)
    runs = means[:50, None] + rng.normal(0, 0.05, (50, 20, len(facts)))
    found = estimate_model_error(facts, estimate_run_covariance(runs), means, np.zeros(len(facts)))
    cards, others = found[:30], found[30:]
    assert np.ptp(cards) == 0
    assert (cards[0] == pytest.approx(true, abs=0.06)) if true else (cards[0] < 0.03)
    assert others.max() < 0.05


def test_what_the_model_is_off_stays_that_of_the_first_wave():
    places = np.random.default_rng(0).random((80, 2))
    first = Wave(FACTS, places, linear(places, 40, 1))
    later = Wave(FACTS, places, linear(places, 40, 9), first)
    np.testing.assert_array_equal(later.off, first.off)
    assert np.abs(Wave(FACTS, later.places, later.runs).off - first.off).max() > 0


def test_likelihood_of_one_fact_is_the_normal_law():
    one = Tolerance(np.array([[0.04]]), np.array([[0.05]]))
    found = one.log_likelihood(np.array([1.0]), np.array([[1.0], [0.5]]), np.array([0.01]))
    np.testing.assert_allclose(found, [0.0, -0.5 * 0.25 / 0.1])
    np.testing.assert_allclose(
        one.implausibility(np.array([1.0]), np.array([[0.0]]), np.array([0.0])), [[1 / 0.3]]
    )


def test_an_emulator_bends_as_much_as_left_out_points_say():
    rng = np.random.default_rng(1)
    places = rng.random((300, 4))
    noise = rng.normal(0, 0.1, (300, 2))
    curve = lambda at: 1 + 2 * at[:, 0] - at[:, 1] * at[:, 2]  # noqa: E731
    means = np.stack([curve(places), places[:, 3] + noise[:, 0], noise[:, 1], np.full(300, 0.3)], axis=1)
    found = emulator.fit_emulators(places, means, chance=np.array([0.0, 0.01, 0.01, 0.0]))
    elsewhere = rng.random((50, 4))
    guess = found.mean(elsewhere)
    np.testing.assert_allclose(guess[:, 0], curve(elsewhere), atol=0.01)
    np.testing.assert_allclose(guess[:, 1], elsewhere[:, 3], atol=0.06)
    np.testing.assert_allclose(guess[:, 2], 0, atol=0.06)
    np.testing.assert_allclose(guess[:, 3], 0.3)
    assert found.explained[0] > 0.999
    assert 0.85 < found.explained[1] < 0.93
    assert 0 <= found.explained[2] < 0.05
    assert found.explained[3] == found.error[3] == pytest.approx(0, abs=1e-12)
    assert found.off[1] == pytest.approx(0.1, rel=0.15)
    assert found.error[1] < 0.05


def test_errors_of_an_emulator_are_those_at_points_that_are_left_out():
    rng = np.random.default_rng(2)
    places = rng.random((60, 2))
    means = (places @ [1.0, 2.0] + rng.normal(0, 0.2, 60))[:, None]
    found = emulator.fit_emulators(places, means)
    without = [emulator.fit_emulators(np.delete(places, k, 0), np.delete(means, k, 0)) for k in range(60)]
    wrong = [one.mean(places[[k]])[0, 0] - means[k, 0] for k, one in enumerate(without)]
    assert found.off[0] == pytest.approx(np.sqrt(np.mean(np.square(wrong))), rel=0.05)


def test_a_cautious_emulator_trusts_itself_near_what_it_knows_alone():
    """A quadratic fitted in a corner, where it is nearly right, of a curve that turns down elsewhere."""
    rng = np.random.default_rng(3)
    places = rng.random((40, 8)) * 0.4

    def curve(at):
        return 3 * at.sum(axis=1) - 8 * (at**3).sum(axis=1) + rng.normal(0, 0.05, len(at))

    careful = emulator.fit_cautious_emulator(places, curve(places))
    plain = emulator.fit_emulators(places, curve(places)[:, None])
    near, far = rng.random((200, 8)) * 0.4, rng.random((200, 8)) * 0.2 + 0.8
    taken_off = [
        plain.mean(at)[:, 0].mean() - careful(emulator.compute_terms(at)).mean() for at in (near, far)
    ]
    assert taken_off[1] > 20 * abs(taken_off[0])
    np.testing.assert_allclose(careful(emulator.compute_terms(near)), curve(near), atol=1.0)


def test_rounds_end_where_contracts_are_foretold():
    """Of a log likelihood that is not quadratic; walkers end where it is high."""
    pytest.importorskip("emcee", reason="comes with the extra analysis")

    class Curved:
        rounds = 0

        def contracts(self, label, places):
            self.rounds += 1
            value = -400 * np.log(np.cosh(2 * (places[:, 0] - 0.3))) * (1 + places[:, 1])
            return value[:, None, None]

    places, simulate = np.random.default_rng(0).random((40, 2)), Curved()
    known = np.repeat(simulate.contracts("", places)[:, :, 0], 2, axis=1)
    one = refine_contract_emulator(
        Wave(FACTS, places, linear(places, 40, 1), None, known), places, simulate, seed=1
    )
    assert 1 <= len(one.nearer) == simulate.rounds - 1 < ROUNDS
    assert np.abs(one.nearer[-1][0][:, 0] - 0.3).mean() < 0.1


def test_an_emulator_needs_points():
    with pytest.raises(InputError, match="found 7; allowed: at least 20"):
        emulator.fit_emulators(np.zeros((7, 2)), np.zeros((7, 1)))


def test_walkers_find_the_posterior_of_a_linear_model():
    pytest.importorskip("emcee", reason="comes with the extra analysis")
    one = wave()
    found = sample_posterior(one, np.random.default_rng(2).random((50, 2)), 400, 5, steps=240, power=1.0)
    mean, deviation = moments(one.log_likelihood)
    np.testing.assert_allclose(found.places.mean(0), mean, atol=4 * deviation.max() / 20)
    np.testing.assert_allclose(found.places.std(0), deviation, rtol=0.25)
    assert 0.1 < found.accepted < 0.9


def test_draws_given_a_structure_keep_its_parameter_and_its_likelihood_is_the_density_there():
    pytest.importorskip("emcee", reason="comes with the extra analysis")
    one = wave()
    start = sample_posterior(one, np.random.default_rng(2).random((50, 2)), 400, 5, steps=240).places
    given = sample_posterior(one, start, 400, 5, steps=240, fixed={1: 0.8}).places
    assert (given[:, 1] == 0.8).all()
    axis = (np.arange(200) + 0.5) / 200
    on_line = one.log_likelihood(np.stack([axis, np.full(200, 0.8)], axis=1))
    weight = np.exp(on_line - on_line.max())
    assert given[:, 0].mean() == pytest.approx(weight @ axis / weight.sum(), abs=0.05)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    expected = np.log(np.exp(on_line).mean() / np.exp(one.log_likelihood(grid)).mean())
    assert compute_log_marginal(one, start, {1: 0.8}, "read") == pytest.approx(expected, abs=0.1)


def test_contracts_are_one_more_term_of_the_likelihood():
    """Of a log likelihood that is known, by all rows and by those that were read."""
    places = np.random.default_rng(0).random((80, 2))
    known = -20 * (places[:, [0]] - [0.3, 0.6]) ** 2
    bare, one = (Wave(FACTS, places, linear(places, 40, 1), None, of) for of in ((), known))
    elsewhere = np.random.default_rng(1).random((30, 2))
    for rows, middle in (("read", 0.3), ("all", 0.6)):
        term = one.log_likelihood(elsewhere, rows) - bare.log_likelihood(elsewhere)
        np.testing.assert_allclose(term, -20 * (elsewhere[:, 0] - middle) ** 2, atol=0.1)


def test_points_that_are_nearer_teach_the_emulator_of_contracts_that_were_read_only():
    rng = np.random.default_rng(0)
    places, more = rng.random((80, 2)), rng.random((80, 2))
    known = -20 * (places[:, [0]] - [0.3, 0.6]) ** 2
    one = Wave(FACTS, places, linear(places, 40, 1), None, known)
    other = dataclasses.replace(one, nearer=((more, 5 - 20 * (more[:, 0] - 0.3) ** 2),))
    assert np.ptp(other.log_likelihood(places) - one.log_likelihood(places)) < 3
    assert (other.log_likelihood(places) - one.log_likelihood(places)).mean() == pytest.approx(2.5, abs=0.7)
    np.testing.assert_array_equal(other.log_likelihood(places, "all"), one.log_likelihood(places, "all"))


def test_effective_draws_count_weights_and_the_walkers_memory():
    even = np.full(100, 0.01)
    assert compute_effective_draws(even, np.inf) == pytest.approx(100)
    assert compute_effective_draws(even, 100) == pytest.approx(50)
    uneven = np.array([0.5, *np.full(50, 0.01)])
    assert compute_effective_draws(uneven, np.inf) == pytest.approx(1 / (0.25 + 50 * 1e-4))


def test_real_runs_tell_how_far_emulators_are_off():
    """Of emulators that are right, and where the model of the draws is another one."""
    places = np.random.default_rng(0).random((80, 2))
    known = -20 * (places[:, [0]] - [0.3, 0.6]) ** 2
    one = Wave(FACTS, places, linear(places, 40, 1), None, known)
    drawn = WalkerDraws(np.random.default_rng(1).random((200, 2)), 0.5, 1.0, 200.0)
    runs, by_run = linear(drawn.places, 10, 2), -20 * (drawn.places[:, 0] - 0.3)[:, None, None] ** 2
    right = measure_emulator_errors(one, drawn, runs, by_run)
    assert right["facts_off"] == pytest.approx(1.0, abs=0.15)
    assert right["emulated_off"] == pytest.approx(0.0, abs=0.02)
    wrong = measure_emulator_errors(
        one, drawn, runs + drawn.places[:, :1, None] - 0.5, by_run + drawn.places[:, [[1]]]
    )
    assert wrong["facts_off"] > 10
    assert wrong["emulated_off"] == pytest.approx(drawn.places[:, 1].std(), rel=0.05)


@pytest.mark.slow
def test_later_waves_lie_where_the_record_is_likely():
    """Wave 2 of 4 is drawn from the square root of the likelihood, later ones from the likelihood itself."""
    pytest.importorskip("emcee", reason="comes with the extra analysis")

    class Linear:
        def __call__(self, label, places, *, seed):
            return linear(places, 40, seed), np.zeros((len(places), 2))

        def contracts(self, label, places):
            return np.zeros((len(places), 1, 1))

    two = build_prior(("turnover", "switching_cost"))
    done, parts = run_waves(FACTS, two, Linear(), waves=4, points=128, seed=3)
    assert [len(one.places) for one in done] == [128, 128, 128, 768]
    assert parts[0] == 1.0
    assert done[2].earlier is done[1]
    for before, one, power in ((done[0], done[1], 0.5), (done[1], done[2], 1.0)):
        mean, deviation = moments(before.log_likelihood, power)
        np.testing.assert_allclose(one.places.mean(0), mean, atol=0.05)
        np.testing.assert_allclose(one.places.std(0), deviation, rtol=0.18)


def records(one, truths, seed):
    """What is seen of one run at each truth, (repetition, fact)."""
    apart = np.random.default_rng([seed, 1])  # not the luck of the runs
    errors = apart.multivariate_normal(np.zeros(3), one.tolerance.other, len(truths))
    return linear(truths, 1, seed)[:, 0] + errors


def parts_below(one: Wave, truths: np.ndarray, seen: np.ndarray, seed: int) -> np.ndarray:
    """Part of each posterior's chance below the truth, spread evenly from 0 to 1 where the method is right.

    Source: Talts et al. (2018), arXiv:1804.06788.  (repetition, parameter).
    """
    carriers = qmc.Sobol(truths.shape[1], rng=np.random.default_rng(seed)).random(2**12)
    guesses, more = one.emulator.mean(carriers), one.emulator.error**2
    below = np.empty(truths.shape)
    for k, record in enumerate(seen):
        likely = one.tolerance.log_likelihood(record, guesses, more)
        weight = np.exp(likely - likely.max())
        below[k] = (weight / weight.sum()) @ (carriers < truths[k])
    return below


def covered(below: np.ndarray) -> np.ndarray:
    """Part of repetitions in which the central interval of 90 % holds the truth.  (parameter,)."""
    return (np.abs(below - 0.5) <= 0.45).mean(axis=0)


def right(below: np.ndarray) -> bool:
    """Whether coverage lies where 99 of 100 right methods' would, for each parameter, all together."""
    tail = 0.01 / below.shape[1] / 2
    low, high = binom.ppf([tail, 1 - tail], len(below), 0.9) / len(below)
    return bool(((covered(below) >= low) & (covered(below) <= high)).all())


def test_truths_lie_evenly_in_their_posteriors():
    one, truths = wave(), np.random.default_rng(7).random((300, 2))
    below = parts_below(one, truths, records(one, truths, 8), 9)
    assert right(below)
    assert min(kstest(column, "uniform").pvalue for column in below.T) > 0.01
    np.testing.assert_allclose(covered(below), 0.9, atol=0.06)


def test_a_method_without_luck_is_found_out():
    one, truths = wave(), np.random.default_rng(7).random((300, 2))
    seen = records(one, truths, 8)
    sure = Wave(FACTS, one.places, one.runs)
    sure.__dict__["tolerance"] = Tolerance(one.tolerance.luck / 100, one.tolerance.other)
    below = parts_below(sure, truths, seen, 9)
    assert not right(below)
    assert kstest(below[:, 0], "uniform").pvalue < 0.01


# --- what misses say ---


def drawn(kind, spread, true, facts, seed):
    """Squared misses of a model whose runs differ by ``spread`` and whose misses by ``true``."""
    rng = np.random.default_rng(seed)
    return [kind] * facts, rng.normal(0, true, facts) ** 2


def both(*parts):
    kinds = [kind for names, _ in parts for kind in names]
    squares = np.concatenate([square for _, square in parts])
    return estimate_errors(kinds, [str(k) for k in range(len(kinds))], squares, np.full(len(kinds), 0.01))


def test_many_facts_show_what_is_there():
    """Runs differ by 0.1: kinds that miss by 0.2, by 0.1 and by 0.05."""
    sizes = {"wide": 0.2, "as runs": 0.1, "narrow": 0.05}
    found = both(*(drawn(kind, 0.1, true, 4000, k) for k, (kind, true) in enumerate(sizes.items())))
    for kind, true in sizes.items():
        assert found[kind].ratio == pytest.approx((true / 0.1) ** 2, rel=0.08)
        assert found[kind].left * 0.01 + found[kind].more == pytest.approx(true**2, rel=0.08)
    assert found["wide"].more == pytest.approx(0.03, rel=0.08)
    assert found["wide"].left == pytest.approx(1.0)
    assert found["narrow"].more == pytest.approx(0.0, abs=1e-6)


def test_a_kind_of_few_facts_is_drawn_to_the_median_one():
    many = [drawn(kind, 0.1, 0.1, 500, k) for k, kind in enumerate("abc")]
    alone = (["d"], np.array([0.25]))  # one miss of five standard deviations
    found = both(*many, alone)
    median = np.median([np.mean(square) / 0.01 for _, square in [*many, alone]])
    assert found["d"].ratio == pytest.approx((PRIOR * median + 25) / (PRIOR + 1 - 2))
    assert found["d"].ratio < 25
    assert found["d"].more > 20 * found["a"].more


def test_parts_below_and_above_one_are_those_of_the_law():
    found = both((["a"] * 3, np.array([0.01, 0.02, 0.03])))["a"]
    scale = PRIOR * 2 + 3 * 2
    x = chi2.ppf((np.arange(200_000) + 0.5) / 200_000, PRIOR + 3)
    assert found.left == pytest.approx(np.minimum(scale / x, 1).mean(), rel=1e-3)
    assert found.more == pytest.approx(0.01 * np.maximum(scale / x - 1, 0).mean(), rel=1e-2)


def test_facts_that_are_missed_alike_count_as_one():
    squares = np.full(40, 0.05)
    many, one = (
        estimate_errors(["a"] * 40, clusters, squares, np.full(40, 0.01))["a"]
        for clusters in ([str(k) for k in range(40)], ["x"] * 40)
    )
    assert many.ratio == pytest.approx(5, rel=0.06)
    assert one.ratio > many.ratio  # less is known, so that more is granted


def test_nothing_is_said_of_what_has_no_spread():
    assert estimate_errors(["a"], ["x"], np.array([1.0]), np.zeros(1)) == {}
    assert estimate_errors([], [], np.zeros(0), np.zeros(0)) == {}


# --- what is believed before ---


def test_everything_assumed_or_estimated_is_open_and_no_structural_alternative():
    sources = {name: one.source for name, one in collect_declarations().items()}
    assert {n for n, s in sources.items() if s.startswith(("assumed", "estimated"))} == {*build_prior().names}
    structural = {n for n, s in sources.items() if s.startswith(("structural", "off"))}
    assert {"trend_after_record", "quality_drift", "forum_weight"} <= structural


def test_values_can_be_used_and_follow_the_prior():
    found = build_prior()
    corners = found.values(np.array([np.full(len(found.names), q) for q in (1e-9, 0.5, 1 - 1e-9)]))
    for low, middle, high in zip(
        *(dict(zip(found.names, c, strict=True)).items() for c in corners), strict=True
    ):
        assert low[1] < middle[1] < high[1]
    for values in corners:
        ls.Parameters(**dict(zip(found.names, values.tolist(), strict=True)))


def test_an_assumed_parameter_is_even_and_an_estimated_one_normal():
    found = build_prior(("price_weight", "restriction_votes"))
    places = np.repeat(((np.arange(4000) + 0.5) / 4000)[:, None], 2, axis=1)
    even, normal = found.values(places).T
    low, high = collect_declarations()["price_weight"].range
    assert even.mean() == pytest.approx((low + high) / 2)
    np.testing.assert_allclose(np.quantile(even, 0.25), low + (high - low) / 4, rtol=1e-3)
    one = collect_declarations()["restriction_votes"]
    assert np.median(normal) == pytest.approx(one.default, rel=0.1)
    inside = (normal > one.range[0]) & (normal < one.range[1])
    assert inside.mean() == pytest.approx(0.95, abs=0.03)
    np.testing.assert_allclose(found.spread(), [even.std(), normal.std()], rtol=0.01)


def test_what_is_held_is_not_calibrated():
    assert set(build_prior().names) - set(build_prior(fixed={"switching_cost": 1.0}).names) == {
        "switching_cost"
    }
