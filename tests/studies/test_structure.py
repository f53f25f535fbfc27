"""Draws of the model's structure beside those of its parameters, on the ordinary path of a comparison."""

import numpy as np
import pytest
import xarray as xr
from studies.toys import HOW, NONE, one_vendor

import lockin_sim as ls
from lockin_sim.common.statistics import estimate_interval
from lockin_sim.comparisons.effects_reader import describe_run_differences
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.comparisons.uncertainty import (
    PosteriorSample,
    assign_structures,
    list_drawable_structures,
    sample_in_ranges,
)
from lockin_sim.comparisons.variants import CORNERS, DEFAULT, REGULATORS, STRUCTURAL
from lockin_sim.settings.parameters import Parameters, collect_declarations

#: Adopters' surplus rises by the weight of quality.
BETTER = NONE.model_copy(update={"name": "better"}).with_lever(
    "industrial_policy", "vendor_0", from_=2, quality=1.0
)

#: Forty draws of what the surplus rises by, and of a parameter that alternatives set.
WEIGHTS, SWITCHING = np.linspace(0.5, 2.0, 40), np.linspace(3.1, 3.9, 40)
POSTERIOR = xr.Dataset(
    {
        "parameter_value": (("draw", "parameter"), np.column_stack([WEIGHTS, SWITCHING])),
        "weight": ("draw", np.full(40, 1 / 40)),
    },
    coords={"parameter": ["quality_weight", "switching_cost"]},
)


def drawn(runs=400, named=(), others=None):
    return PosteriorSample.of(POSTERIOR, others or Parameters(), named, runs, 2, "drawn")


def test_every_second_draw_has_the_declared_structure_and_the_others_take_turns():
    found = drawn()
    of_draw = [set(found.built[found.draws == draw].tolist()) for draw in range(40)]
    assert all(len(each) == 1 for each in of_draw), "a draw is one set of parameters and one structure"
    counted = np.bincount([built for (built,) in of_draw], minlength=len(found.structures))
    assert counted[0] == 20
    assert set(counted[1:]) <= {20 // (len(counted) - 1), 20 // (len(counted) - 1) + 1}


def test_fewer_runs_have_the_structures_of_the_first_of_more():
    draws = drawn().draws
    built = assign_structures(draws, 9)
    for runs in (1, 7, 64):
        np.testing.assert_array_equal(assign_structures(draws[:runs], 9), built[:runs])
    assert not assign_structures(draws, 1).any()


def test_corners_are_never_drawn_and_regulators_are_one_of_the_alternatives():
    assert {*drawn().structures} == STRUCTURAL.keys() - CORNERS.keys()
    on = drawn().parameters.regulation_rate > 0
    np.testing.assert_array_equal(on, drawn().built == drawn().structures.index(REGULATORS))
    assert 0 < on.mean() < 0.1


def test_an_alternative_overrides_what_was_drawn_but_nothing_that_is_given():
    found = drawn()
    values, built = found.parameters, np.array(found.structures)[found.built]
    for name in found.structures:
        for parameter, value in STRUCTURAL[name].settings.items():
            assert (getattr(values, parameter)[built == name] == value).all()
    np.testing.assert_array_equal(
        values.switching_cost[built == DEFAULT], SWITCHING[found.draws[built == DEFAULT]]
    )
    np.testing.assert_array_equal(values.quality_weight, WEIGHTS[found.draws])
    given = drawn(named=["switching_cost"], others=Parameters(switching_cost={2010: 5.0, 2040: 2.0}))
    setting = {name for name, one in STRUCTURAL.items() if "switching_cost" in one.settings}
    assert {*found.structures} - {*given.structures} == setting - CORNERS.keys() != set()
    assert given.parameters.at(2045).switching_cost == 2.0
    with pytest.raises(ls.InputError, match="structure: found parameters that all alternatives set"):
        list_drawable_structures([*collect_declarations()])


def test_a_comparison_is_the_ordinary_one_over_these_draws():
    """The effect is the weight of quality of each run, whatever its structure; by draw are its interval and
    the number behind it, as for draws of parameters alone."""
    free = {"quality_weight", "switching_cost", "agenda_elasticity"}
    given = {name: value for name, value in Parameters.neutral().as_dict().items() if name not in free}
    same = {"world": one_vendor(), "posterior": POSTERIOR, "seed": HOW["seed"], "years": HOW["years"]}
    how = HOW | same | {"runs": 80, "parameters": given, "outcomes": ["surplus"], "maps": False}
    found = ls.compare(BETTER, structure="drawn", **how)
    last = found.sel(scenario="better", outcome="surplus").isel(year=-1)
    of = build_setup(80, structure="drawn", parameters=given, **same)
    assert {*of.drawn.structures} == {DEFAULT, "fixed_agenda", "steep_agenda"}
    weights = of.parameters.quality_weight
    mean, low, high, _ = estimate_interval(weights, of.draws)
    assert last.effect.item() == pytest.approx(mean, rel=1e-6)
    assert (last.effect_low.item(), last.effect_high.item()) == pytest.approx((low, high), rel=1e-6)
    assert last.effect_draws.item() == pytest.approx(40, rel=0.1)
    assert (found.attrs["structure"], found.attrs["structures"]) == ("drawn", 3)
    assert "half one of 2 others" in describe_run_differences(found)
    plain = ls.compare(BETTER, **how)
    assert "structure" not in plain.attrs
    assert "we did not try other models here" in describe_run_differences(plain)


def test_a_draw_keeps_its_own_history_whatever_its_structure():
    """Tastes that come with bundled draws are of the declared structure: others find their own."""
    plain, built = (build_setup(6, posterior="bundled", structure=kind) for kind in ("declared", "drawn"))
    one, other = plain.history("conditioned"), built.history("conditioned")
    np.testing.assert_array_equal(one.past.numbers, other.past.numbers)
    assert one.past.tastes is not None
    assert other.past.tastes is None
    assert other.parameters.salience_fading is built.parameters.salience_fading


def test_a_structure_is_known_in_any_case():
    for kind, many in (("Declared", 1), ("DRAWN", len(STRUCTURAL) - len(CORNERS))):
        assert len(build_setup(4, posterior="bundled", structure=kind).drawn.structures) == many


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"posterior": "bundled", "structure": "drwan"}, "Did you mean 'drawn'"),
        ({"posterior": "bundled", "structure": 5}, "structure: found 5"),
        (
            {"structure": "drawn"},
            "found 'drawn'; allowed: only with draws of parameters: posterior='bundled'",
        ),
    ],
)
def test_a_structure_that_cannot_be_drawn_is_refused(given, said):
    with pytest.raises(ls.InputError, match=said):
        ls.compare("no_dsr", runs=2, **given)


def test_values_in_ranges_lie_in_them():
    varied = [
        name for name, one in collect_declarations().items() if not one.source.startswith("normalisation")
    ]
    values = sample_in_ranges(varied, 8, "latin_hypercube", 3)
    assert values.keys() == {*varied}
    for name, of in values.items():
        low, high = collect_declarations()[name].range
        assert ((of >= low) & (of <= high)).all()
    with pytest.raises(ls.InputError, match="Did you mean 'switching_cost'"):
        sample_in_ranges(["switching_costs"], 8, "sobol", 3)
    with pytest.raises(ls.InputError, match="varied: found"):
        sample_in_ranges(["export_finance[CHN].envelope"], 8, "sobol", 3)
