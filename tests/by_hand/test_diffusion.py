"""How bases and standards spread: against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import diffusion

COMPLIANCE = np.array([[1.0, 0.0], [0.4, 0.6], [0.0, 1.0]])
#: The first two have .4 in common as mixes, the last two .6.
COMMON = diffusion.common_part(COMPLIANCE)


def test_own_layers_count_by_the_sponsor_that_built_them():
    """Domain 1 builds on domain 0 with weight .5 and domain 0 on nothing.  In domain 0, vendors of
    sponsors (0, 1) hold .6 and .3; in domain 1 those of (1, none) hold .2 and .7."""
    sponsored = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
    by_sponsor = diffusion.base_by_sponsor(np.array([[[0.6, 0.3]], [[0.2, 0.7]]]), sponsored)
    np.testing.assert_allclose(by_sponsor, [[[0.6, 0.3]], [[0.0, 0.2]]])
    layers = diffusion.own_layers(by_sponsor, np.array([[0.0, 0.0], [0.5, 0.0]]))
    np.testing.assert_allclose(layers, [[[0.0, 0.0]], [[0.3, 0.15]]])


def target(preference, demanded, status, initial=0.0):
    """Where a vendor is heading in one family, with half of what is demanded built for all."""
    one = [np.full((1, 1), x) for x in (preference, demanded, status, initial)]
    return float(diffusion.compliance_target(*one, travel=0.5, pull=0.8)[0, 0])


def test_each_reason_to_speak_a_family_is_enough_by_itself():
    """1 - (1 - .4)(1 - .5 * .2)(1 - .8 * .3) = .5896; an owner at full push speaks it whatever else."""
    assert target(0.4, 0.0, 0.0) == pytest.approx(0.4)
    assert target(0.0, 0.2, 0.0) == pytest.approx(0.1)
    assert target(0.0, 0.0, 0.3) == pytest.approx(0.24)
    assert target(0.4, 0.2, 0.3) == pytest.approx(0.5896)
    assert target(1.7, 0.2, 0.3) == 1.0
    assert target(0.0, 0.0, 0.0) == 0.0


def test_nobody_stops_speaking_what_it_spoke_at_the_start():
    assert target(0.0, 0.0, 0.3, initial=1.0) == 1.0
    assert target(0.4, 0.0, 0.0, initial=0.3) == pytest.approx(0.4)


@given(seed=st.integers(0, 10_000), rate=st.floats(0, 1))
def test_compliance_with_each_family_stays_a_share(seed, rate):
    rng = np.random.default_rng(seed)
    shares = [rng.random(shape) for shape in ((4, 5, 3), (4, 5, 3), (4, 1, 3), (4, 1, 3))]
    before, preference, demanded, status = shares
    aim = diffusion.compliance_target(
        2 * preference, demanded, status, before, travel=rng.random(), pull=rng.random()
    )
    after = diffusion.next_compliance(before, aim, rate)
    assert (after >= before - 1e-12).all()
    assert after.max() <= 1.0 + 1e-12


@given(seed=st.integers(0, 10_000), rate=st.floats(0, 1))
def test_a_mix_stays_a_mix(seed, rate):
    rng = np.random.default_rng(seed)
    before = rng.dirichlet(np.ones(3), size=(4, 5))
    family = np.eye(3)[rng.integers(0, 3, (4, 5))] * rng.integers(0, 2, (4, 5, 1))
    after = diffusion.next_mix(
        before,
        family * 0.5,
        rng.dirichlet(np.ones(3), size=(4, 1)),
        rng.dirichlet(np.ones(3), size=(4, 1)),
        rate,
    )
    np.testing.assert_allclose(after.sum(axis=-1), 1.0, atol=1e-12)
    assert after.min() >= 0.0


@given(seed=st.integers(0, 10_000), drift=st.floats(0, 1e6))
def test_affinity_stays_between_its_ends(seed, drift):
    rng = np.random.default_rng(seed)
    moved = diffusion.next_affinity(rng.uniform(-1, 1, (6, 3)), rng.random((6, 3)), drift)
    assert np.abs(moved).max() <= 1.0


def test_platform_use_is_the_mean_over_the_domains_that_people_use():
    """Two of three domains are platforms; sponsor 0 runs .6 of one and .2 of the other."""
    sponsored = np.zeros((3, 2, 2), dtype=bool)
    sponsored[:, 0, 0] = sponsored[:, 1, 1] = True
    use = diffusion.platform_use(
        np.array([[[0.6, 0.1]], [[0.9, 0.1]], [[0.2, 0.5]]]), sponsored, np.array([True, False, True])
    )
    np.testing.assert_allclose(use, [[0.4, 0.3]])


@pytest.mark.parametrize("runs", [1, 3])
def test_rules_broadcast_over_whatever_stands_to_the_left(runs):
    many = diffusion.common_part(np.repeat(COMPLIANCE[None, None], runs, axis=0))
    one = diffusion.interoperability(COMMON, np.array([[0.5]]))
    np.testing.assert_array_equal(
        diffusion.interoperability(many, np.full((1, 1, 1), 0.5)), one[None, None].repeat(runs, 0)
    )


def test_in_one_world_the_openness_of_a_domain_holds_for_every_pair_bit_for_bit():
    openness = np.array([0.3, 0.7])
    pairs = diffusion.pair_openness(openness, np.ones((2, 2)), np.array([[0, 1], [2, 0]]))
    np.testing.assert_array_equal(pairs, np.broadcast_to(openness[:, None, None], (2, 2, 2)))


@pytest.mark.parametrize("exclusive", [False, True])
def test_in_loops_vendors_interoperate_as_in_arrays(exclusive):
    rng = np.random.default_rng(5)
    speaks, openness, fits = rng.random((6, 3)), rng.random((6, 6)), np.empty((6, 6))
    diffusion.fill_fits(speaks, openness, exclusive, fits)
    common = diffusion.common_part(speaks) if exclusive else diffusion.common_family(speaks)
    np.testing.assert_allclose(fits, diffusion.interoperability(common, openness), rtol=1e-12)


def test_in_loops_own_layers_are_those_of_arrays():
    rng = np.random.default_rng(6)
    domains, countries, vendors, sponsors = 4, 5, 6, 3
    base = rng.random((domains, countries, vendors))
    weight = rng.random((domains, domains)) * (rng.random((domains, domains)) < 0.5)
    sponsor = rng.integers(0, sponsors + 1, (domains, vendors))
    layers = np.zeros((domains, countries * (sponsors + 1)))
    for e in range(domains):
        by_sponsor = np.zeros((countries, sponsors + 1))
        diffusion.add_by_sponsor(base[e], sponsor[e], by_sponsor)
        diffusion.add_own_layers(by_sponsor.reshape(-1), weight[:, e], layers)
    sponsored = (sponsor[..., None] == np.arange(sponsors + 1)) & (sponsor < sponsors)[..., None]
    expected = diffusion.own_layers(diffusion.base_by_sponsor(base, sponsored.astype(float)), weight)
    assert (expected > 0).any()
    np.testing.assert_allclose(layers.reshape(expected.shape), expected, rtol=1e-12)
