"""What is believed before the record is looked at."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.errors import InputError
from lockin_sim.evidence.posterior import prior
from lockin_sim.parameters import declarations


def test_everything_assumed_or_estimated_is_open_and_nothing_else():
    names = prior().names
    sources = {name: one.source for name, one in declarations().items()}
    assert {n for n, s in sources.items() if s.startswith(("assumed", "estimated"))} == set(names)


def test_structural_alternatives_are_crossed_with_draws_and_none_is_drawn():
    sources = {name: one.source for name, one in declarations().items()}
    structural = {n for n, s in sources.items() if s.startswith(("structural", "off"))}
    assert {"trend_after_record", "penetration_discount", "lock_in_markup"} <= structural
    assert not structural & {*prior().names}


def test_values_can_be_used_and_follow_the_prior():
    found = prior()
    corners = found.values(np.array([np.full(len(found.names), q) for q in (1e-9, 0.5, 1 - 1e-9)]))
    for low, middle, high in zip(
        *(dict(zip(found.names, c, strict=True)).items() for c in corners), strict=True
    ):
        assert low[1] < middle[1] < high[1]
    for values in corners:
        ls.Parameters(**dict(zip(found.names, values.tolist(), strict=True)))


def test_an_assumed_parameter_is_even_and_an_estimated_one_normal():
    found = prior(("price_weight", "restriction_votes"))
    places = np.repeat(((np.arange(4000) + 0.5) / 4000)[:, None], 2, axis=1)
    even, normal = found.values(places).T
    low, high = declarations()["price_weight"].range
    assert even.mean() == pytest.approx((low + high) / 2)
    np.testing.assert_allclose(np.quantile(even, 0.25), low + (high - low) / 4, rtol=1e-3)
    one = declarations()["restriction_votes"]
    assert np.median(normal) == pytest.approx(one.default, rel=0.1)
    inside = (normal > one.range[0]) & (normal < one.range[1])
    assert inside.mean() == pytest.approx(0.95, abs=0.03)
    np.testing.assert_allclose(found.spread(), [even.std(), normal.std()], rtol=0.01)


@pytest.mark.parametrize(
    ("name", "says"), [("switching_costs", "switching_cost"), ("noise_scale", "assumed or estimated")]
)
def test_what_is_not_open_is_refused(name, says):
    with pytest.raises(InputError, match=says):
        prior((name,))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"only": ()}, "at least one"),
        ({"only": "switching_cost"}, "a list of names"),
        ({"only": ("switching_cost", "switching_cost")}, "switching_cost twice"),
        ({"only": ("switching_cost",), "given": {"switching_cost": 1.0}}, "switching_cost, which is given"),
    ],
)
def test_names_that_say_nothing_clear_are_refused(how, says):
    with pytest.raises(InputError, match=says):
        prior(**how)


def test_what_is_held_is_not_calibrated():
    assert set(prior().names) - set(prior(given={"switching_cost": 1.0}).names) == {"switching_cost"}


def test_a_seed_that_is_none_is_refused_before_anything_runs():
    with pytest.raises(InputError, match="seed: found -1"):
        ls.calibrate(only=("switching_cost",), seed=-1)
