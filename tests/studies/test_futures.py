"""Many futures of a toy in which the effect of a policy is exactly an uncertain parameter."""

import numpy as np
import pytest
import xarray as xr
from studies.toys import HOW, NONE, one_vendor

import lockin_sim as ls
from lockin_sim.settings.parameters import declarations
from lockin_sim.studies import goals
from lockin_sim.studies.futures import ORIGINS, futures_of, judge, split, values_in_ranges, variances
from lockin_sim.studies.variants import ALTERNATIVES, STRUCTURAL

#: Adopters' surplus rises by the weight of quality, whatever its sign.
BETTER = NONE.model_copy(update={"name": "better"}).with_lever(
    "industrial_policy", "vendor_0", from_=2, quality=1.0
)
HALF = NONE.model_copy(update={"name": "half"}).with_lever(
    "industrial_policy", "vendor_0", from_=2, quality=0.5
)
N = 16


@pytest.fixture(scope="module")
def found():
    how = {**HOW, "varied": {"quality_weight": (-2.0, 2.0)}, "n": N, "outcomes": ["surplus"]}
    return ls.futures([BETTER, HALF], world=one_vendor(), **how).sel(outcome="surplus")


def test_effects_are_those_of_each_future(found):
    weight = found.parameter_value.sel(parameter="quality_weight")
    assert weight.min() < -1.5
    assert weight.max() > 1.5
    for scenario, quality in (("baseline", 0.0), ("better", 1.0), ("half", 0.5)):
        name = "none" if scenario == "baseline" else scenario
        np.testing.assert_allclose(found.effect.sel(scenario=name), weight * quality, atol=1e-12)
    assert (found.pairs_used == HOW["runs"]).all()


def test_nothing_is_taken_for_good(found):
    one, other = (found.sel(sense=s) for s in ("higher", "lower"))
    weight = found.parameter_value.values
    assert one.worst.sel(scenario="better").item() == pytest.approx(weight.min())
    assert other.worst.sel(scenario="better").item() == pytest.approx(weight.max())
    assert (one.maximin.item(), other.maximin.item()) == ("none", "none")


def test_regret_is_against_the_best_of_each_future(found):
    weight = found.parameter_value.values[0]
    higher = found.sel(sense="higher")
    best = np.maximum(0, weight)
    for scenario, quality in (("none", 0.0), ("better", 1.0), ("half", 0.5)):
        regret = best - quality * weight
        assert higher.regret_max.sel(scenario=scenario).item() == pytest.approx(regret.max())
        assert higher.regret_mean.sel(scenario=scenario).item() == pytest.approx(regret.mean())
    assert higher.minimax_regret.item() == "half"


def test_the_flip_is_seen_and_laid_at_the_right_door(found):
    better = found.sel(scenario="better")
    assert better.flips
    assert not found.flips.sel(scenario="none")
    assert better.share_raises + better.share_lowers + better.share_unclear == 1
    assert better.share_raises == better.share_lowers == 0.5
    about = better.sel(parameter="quality_weight")
    assert about.rank_correlation.item() == pytest.approx(1.0)
    assert list(about.share_raises_in_third.values[[0, 2]]) == [0, 1]
    assert list(about.share_lowers_in_third.values[[0, 2]]) == [1, 0]
    assert np.isnan(found.rank_correlation.sel(scenario="none")).all()


def test_undefined_futures_are_left_out_and_counted():
    effect = np.array([[[0.0, 0.0, 0.0, np.nan]], [[1.0, -2.0, 3.0, np.nan]]])  # (scenario, outcome, future)
    data = judge(effect, effect, effect, {"p": np.arange(4.0)}, ["nothing", "policy"])
    values = {name: value for name, (_, value, _) in data.items()}
    assert list(values["futures_used"][:, 0]) == [3, 3]
    assert values["share_raises"][1, 0] == pytest.approx(2 / 3)
    assert values["worst"][:, 1, 0].tolist() == [-2, 3]
    assert values["regret_mean"][0, :, 0].tolist() == pytest.approx([4 / 3, 2 / 3])
    unknown = np.full((2, 1, 3), np.nan)
    none = judge(unknown, unknown, unknown, {"p": np.arange(3.0)}, ["nothing", "policy"])
    assert np.isnan(none["worst"][1]).all()
    assert none["maximin"][1].tolist() == [[""], [""]]


def test_by_default_all_that_is_uncertain_varies_within_its_range():
    values = values_in_ranges(None, 8, "latin_hypercube", 3)
    known = declarations()
    assert "switching_cost" in values
    assert "noise_scale" not in values
    for name, of in values.items():
        low, high = known[name].range
        assert ((of >= low) & (of <= high)).all()


#: Draws of a posterior in which two values go together, unlike in ranges.
POSTERIOR = xr.Dataset(
    {
        "parameter_value": (("draw", "parameter"), np.array([[1.0, 0.1], [2.0, 0.2], [3.0, 0.3]])),
        "weight": ("draw", [0.25, 0.5, 0.25]),
    },
    coords={"parameter": ["quality_weight", "turnover"]},
)


def futures_from(n=16, fixed=None, **how):
    given = {"varied": None, "method": None, "alternatives": None, "posterior": POSTERIOR, "seed": 2} | how
    return futures_of(n=n, parameters=fixed, **given)


def test_draws_are_those_of_the_posterior_each_with_one_alternative():
    found = futures_from(40)
    assert set(found.alternatives) == set(STRUCTURAL)
    assert np.bincount(found.draws).tolist() == [10, 20, 10]
    np.testing.assert_array_equal(found.values["quality_weight"], found.draws + 1)
    assert (found.kinds[::2] == 0).all()
    times = np.bincount(found.kinds)
    assert times[0] == 20
    assert set(times[1:]) <= {20 // (len(times) - 1), 20 // (len(times) - 1) + 1}


def test_states_prescribe_standards_where_the_alternative_says_so_and_nowhere_else():
    """Those with the default structure never have regulators switched on."""
    found = futures_from(128)
    on = found.imposed["regulation_rate"] > 0
    having = [n for n in found.alternatives if "regulation_rate" in STRUCTURAL[n].settings]
    assert {"regulators"} < {*having}
    np.testing.assert_array_equal(on, [found.alternatives[kind] in having for kind in found.kinds])
    assert not on[found.kinds == 0].any()


def test_the_mean_is_that_of_the_default_and_each_alternative_has_its_own():
    """A mechanism that moves the effect by ten is not averaged on and off."""
    kinds = np.tile([0, 1], 50)
    effect = np.where(kinds == 1, -10.0, 0.0)[None, None] + np.zeros((4, 1, 100))
    found = {name: value for name, (_, value, _) in split([effect], kinds, 2, np.arange(100)).items()}
    assert found["expected"].item() == 0.0
    assert found["expected_low"].item() == found["expected_high"].item() == 0.0
    assert found["expected_under"].ravel().tolist() == [0.0, -10.0]


def test_an_alternative_holds_whatever_was_drawn_or_given():
    posterior = POSTERIOR.assign_coords(parameter=["switching_cost", "turnover"])
    fixed = ls.Parameters(contested_share=0.3)
    found = futures_from(40, {"contested_share": 0.3}, posterior=posterior)
    given, kinds, names = found.by_run(fixed, 2), np.repeat(found.kinds, 2), found.alternatives
    for kind, name in enumerate(names):
        for parameter, value in ALTERNATIVES[name].settings.items():
            assert (getattr(given, parameter)[kinds == kind] == value).all()
    contested = [k for k, n in enumerate(names) if "contested_share" in ALTERNATIVES[n].settings]
    elsewhere = ~np.isin(kinds, contested)
    assert (given.contested_share[elsewhere] == 0.3).all()
    drawn_as = np.repeat(found.draws, 2) + 1.0
    np.testing.assert_array_equal(given.switching_cost[kinds == 0], drawn_as[kinds == 0])
    assert (found.values["switching_cost"][found.kinds == names.index("taste")] == 2.4).all()


def test_what_is_given_is_not_drawn():
    assert list(futures_from(fixed={"turnover": 0.5}).values) == ["quality_weight"]
    default = declarations()["turnover"].default
    assert list(futures_from(fixed={"turnover": default}).values) == ["quality_weight"]
    assert "turnover" in futures_from(fixed=ls.Parameters(turnover=default)).values
    with pytest.raises(ls.InputError, match=r"parameters: found .*some are drawn"):
        futures_from(fixed={"turnover": 0.5, "quality_weight": 2.0})


def test_ranges_know_no_draw_and_one_way_to_build_the_model():
    found = futures_from(8, varied=["turnover"], posterior=None)
    assert (found.method, found.alternatives) == ("sobol", ("default",))
    assert (found.draws == -1).all()
    two = futures_from(
        8, method="latin_hypercube", varied=["turnover"], alternatives=["taste"], posterior=None
    )
    assert two.alternatives == ("default", "taste")
    assert two.kinds.tolist() == [0, 1] * 4


def test_doubt_is_laid_at_the_right_door():
    """The effect is the weight of quality itself: no luck, no structure."""
    fixed = HOW["parameters"].replace({"quality_weight": 1.0})  # its default: it is left to be drawn
    how = HOW | {"n": 256, "outcomes": ["surplus"], "posterior": POSTERIOR, "parameters": fixed}
    found = ls.futures(BETTER, world=one_vendor(), alternatives=["no_vested_interest"], **how)
    assert found.attrs["method"] == "posterior"
    better = found.sel(outcome="surplus", scenario="better")
    usual = (found.future_alternative == "default").values
    assert float(better.expected) == pytest.approx(float((found.draw + 1.0)[usual].mean()))
    assert (float(better.expected_low), float(better.expected_high)) == pytest.approx((1.0, 3.0))
    assert better.variance_share.sel(origin="luck").item() == pytest.approx(0.0, abs=1e-12)
    assert better.variance_share.sel(origin="parameters").item() > 0.9


def test_goals_can_be_asked_about_as_outcomes():
    """The numbers of a comparison, of the same runs."""
    world = ls.load_world()
    how = {"runs": 2, "seed": 4, "years": (2010, 2026), "world": world}
    name, place = "eu_dependence", {"group": "EU", "domain": "mobile_network", "sponsor": "CHN"}
    known = goals.asked(world, [name, "public_cost"])
    record = tuple(name for one in known.values() for name in one.record)
    base, done = (
        ls.simulate(name, record=record, history="conditioned", **how)
        for name in ("baseline", "eu_coordinated")
    )
    held = [ds["group_sponsor_share"].sel(place).values[:, -1].mean() for ds in (done, base)]
    found = {n: float((one.of(done, world) - one.of(base, world))[:, -1].mean()) for n, one in known.items()}
    last = {"scenario": "eu_coordinated", "year": 2026}
    cost = ls.public_cost("eu_coordinated", workers=1, **how)
    paid = cost["effect"].sel(last | {"item": "total", "payer": "governments"}).item()
    assert found == pytest.approx({name: held[0] - held[1], "public_cost": paid}, rel=1e-9)
    assert held[0] < held[1]


# --- doubt, taken apart ---


def worlds(luck, parameters, structure, *, n, runs=8, kinds=5, seed=3):
    """Effects by run and future, standard deviations as given; kinds, of which the first is every second."""
    rng = np.random.default_rng(seed)
    number = np.arange(n)
    kind = np.where(number % 2 == 0, 0, 1 + number // 2 % (kinds - 1))
    apart = np.array([0.0, *np.tile([1.0, -1.0], kinds)[: kinds - 1]])
    part = np.bincount(kind, minlength=kinds) / n
    apart *= structure / np.sqrt(part @ apart**2 - (part @ apart) ** 2)
    of_future = 2.0 + rng.normal(0, parameters, n) + apart[kind]
    return of_future + rng.normal(0, luck, (runs, n)), kind


@pytest.mark.parametrize("sizes", [(3.0, 1.0, 0.5), (0.1, 2.0, 0.0), (1.0, 0.0, 2.0), (2.0, 0.0, 0.0)])
def test_each_origin_has_the_variance_it_was_made_with(sizes):
    effect, kinds = worlds(*sizes, n=20_000)
    found = variances(effect, kinds)
    np.testing.assert_allclose(found, np.square(sizes), rtol=0.04, atol=0.01)


def test_small_numbers_of_futures_are_right_on_average():
    """What chance adds to sums over few futures is taken off; cut at zero they would be too large."""
    many = [variances(*worlds(1.0, 1.0, 1.0, n=32, runs=2, seed=seed)) for seed in range(1500)]
    np.testing.assert_allclose(np.mean(many, axis=0), 1.0, atol=0.05)


def test_what_was_not_asked_is_not_zero():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=40)
    one = variances(effect, np.zeros_like(kinds))
    assert np.isnan(one[ORIGINS.index("structure")])
    assert np.isfinite(one[:2]).all()
    single = variances(effect[:1], kinds)
    assert np.isnan(single[:2]).all()
    assert np.isnan(variances(np.full((2, 5), np.nan), kinds[:5])).all()
    shares = split([effect[:1, None]], kinds, 5, np.arange(40))["variance_share"][1]
    assert np.isnan(shares).all()  # structure is not all of a variance whose other parts are unknown


def test_undefined_runs_and_futures_are_left_out():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=400)
    holed = effect.copy()
    holed[:, 7] = np.nan
    holed[3, 11] = np.nan
    kept = np.delete(np.arange(400), 7)
    np.testing.assert_allclose(variances(holed, kinds), variances(holed[:, kept], kinds[kept]))


def test_mean_range_and_alternatives():
    effect, kinds = worlds(1.0, 1.0, 1.0, n=2000)
    none = np.zeros_like(effect)
    data = split([none[:, None], effect[:, None]], kinds, 6, np.arange(2000))
    found = {name: value for name, (_, value, _) in data.items()}
    usual = effect[:, kinds == 0]
    assert found["expected"][1, 0] == pytest.approx(usual.mean())
    below, above = usual < found["expected_low"][1, 0], usual > found["expected_high"][1, 0]
    assert (below.mean(), above.mean()) == pytest.approx((0.025, 0.025), abs=1e-3)
    assert np.nansum(found["variance_share"][1, 0]) == pytest.approx(1.0)
    assert np.isnan(found["variance_share"][0, 0]).all()  # nothing to be split
    for kind in range(5):
        assert found["expected_under"][1, 0, kind] == pytest.approx(effect[:, kinds == kind].mean())
    assert np.isnan(found["expected_under"][1, 0, 5])
    assert found["futures_under"][1, 0].tolist() == [1000, 250, 250, 250, 250, 0]
