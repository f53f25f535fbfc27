"""Draws of a posterior as ones that are equally likely, and those that come with the package."""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim import ensemble
from lockin_sim.evidence.calibrate import scoped
from lockin_sim.netcdf import write_dataset
from lockin_sim.parameters import declarations

WEIGHT = np.array([0.0, 0.5, 0.125, 0.375])


#: Four draws of two parameters, of which the first counts nothing.
DRAWS = xr.Dataset(
    {
        "parameter_value": (("draw", "parameter"), [[9.0, 9.0], [1.0, 0.1], [2.0, 0.2], [3.0, 0.3]]),
        "weight": ("draw", WEIGHT),
    },
    coords={"parameter": ["switching_cost", "turnover"]},
)


@pytest.mark.parametrize("n", [8, 80])
def test_a_draw_comes_as_often_as_it_weighs(n):
    found = ls.posterior_draws(n, seed=5, source=DRAWS)
    assert list(found) == ["switching_cost", "turnover"]
    counts = [int((found["switching_cost"] == value).sum()) for value in (9.0, 1.0, 2.0, 3.0)]
    assert counts == (n * WEIGHT).tolist()
    np.testing.assert_allclose(found["turnover"], found["switching_cost"] / 10)


@pytest.mark.parametrize("n", [1, 3, 7])
def test_no_draw_is_further_from_its_part_than_one(n):
    """Numbers that do not go into the weights are rounded up or down, as chance decides."""
    seen = np.array([np.bincount(ensemble.resampled(WEIGHT, n, seed=s), minlength=4) for s in range(400)])
    assert (np.abs(seen - n * WEIGHT) < 1).all()
    np.testing.assert_allclose(seen.mean(axis=0), n * WEIGHT, atol=0.1)


def test_the_order_is_not_that_of_the_posterior():
    chosen = ensemble.resampled(np.ones(64), 64, seed=1)
    assert sorted(chosen) == list(range(64))
    assert abs(np.corrcoef(chosen, np.arange(64))[0, 1]) < 0.3


def test_the_same_from_a_folder(tmp_path):
    write_dataset(DRAWS, tmp_path / "posterior.nc")
    one, other = (ls.posterior_draws(5, seed=2, source=source) for source in (DRAWS, tmp_path))
    assert {name: of.tolist() for name, of in one.items()} == {k: v.tolist() for k, v in other.items()}


def test_the_bundled_posterior_is_one_of_this_model():
    found, known = ls.open_results("bundled"), declarations()
    assert found.sizes["draw"] >= 200
    assert float(found["weight"].sum()) == pytest.approx(1.0)
    for name, values in ls.posterior_draws(300, seed=1).items():
        assert known[name].source.startswith(("assumed", "estimated")), name
        assert ls.Parameters(**{name: values}).runs == 300
    titles = {fact.name: fact.title for fact in scoped(ls.load_world())[1]}
    assert (
        dict(zip(found["fact"].values.tolist(), found["fact_label"].values.tolist(), strict=True)) == titles
    )
    assert found["parameter_label"].values.tolist() == [known[n].title for n in found["parameter"].values]
    found["weight"][:] = 0.0
    assert float(ls.open_results("bundled")["weight"].sum()) == pytest.approx(1.0)  # a copy each time


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n: found 0"),
        ({"source": "nowhere"}, "posterior: found 'nowhere'"),
        ({"source": xr.Dataset()}, "with parameter_value and weight"),
        ({"source": 3}, "posterior: found 'int'"),
        ({"source": DRAWS.assign(weight=("draw", np.full(4, np.nan)))}, "weight: found"),
        ({"seed": -1}, "seed: found -1"),
        ({"source": DRAWS.drop_vars("weight")}, "no weight over"),
        ({"source": DRAWS.rename(draw="future")}, "no parameter_value over"),
        (
            {"source": DRAWS.assign_coords(parameter=["switching_csot", "turnover"])},
            "posterior: parameter: found 'switching_csot'.*Did you mean 'switching_cost'",
        ),
        (
            {
                "source": DRAWS.assign(
                    parameter_value=DRAWS["parameter_value"].where(DRAWS["parameter_value"] != 0.2)
                )
            },
            "posterior: turnover: found no number in draw 2",
        ),
    ],
)
def test_what_is_no_posterior_is_refused(change, message):
    with pytest.raises(ls.InputError, match=message):
        ls.posterior_draws(**{"n": 2, "seed": 1} | change)


@pytest.mark.parametrize("broken", [DRAWS.drop_vars("weight"), xr.Dataset({"other": ("x", [1.0])})])
def test_a_folder_of_something_else_is_named(tmp_path, broken):
    write_dataset(broken, tmp_path / "posterior.nc")
    with pytest.raises(ls.InputError, match=f"posterior {tmp_path}: found 'no "):
        ls.posterior_draws(2, seed=1, source=tmp_path)
