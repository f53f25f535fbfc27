"""How bases and standards spread: against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import diffusion

COMPLIANCE = np.array([[1.0, 0.0], [0.4, 0.6], [0.0, 1.0]])
#: The first two have .4 in common as mixes, the last two .6.
COMMON = diffusion.common_part(COMPLIANCE)


def test_vendors_interoperate_by_the_standards_they_share_as_far_as_the_domain_is_open():
    """Common compliance: .4 of first and second, 0 of first and third, .6 of second and third; half open."""
    fits = diffusion.interoperability(COMMON, np.array([[0.5]]))
    np.testing.assert_allclose(fits, [[1.0, 0.2, 0.0], [0.2, 1.0, 0.3], [0.0, 0.3, 1.0]])


def test_vendors_that_speak_several_families_meet_in_the_one_that_both_speak_best():
    """.3 of the first and 1 of the second in common: 1; .9 and .2 with a vendor of the first alone: .9."""
    speaks = np.array([[0.3, 1.0], [0.9, 1.0], [1.0, 0.2]])
    np.testing.assert_allclose(
        diffusion.common_family(speaks), [[1.0, 1.0, 0.3], [1.0, 1.0, 0.9], [0.3, 0.9, 1.0]]
    )


def test_of_mixes_that_exclude_each_other_vendors_have_every_part_in_common():
    mixes = np.array([[0.3, 0.7], [0.6, 0.4]])
    np.testing.assert_allclose(diffusion.common_part(mixes), [[1.0, 0.7], [0.7, 1.0]])


def test_in_a_closed_domain_a_vendor_fits_only_itself():
    np.testing.assert_array_equal(diffusion.interoperability(COMMON, np.array([[0.0]])), np.eye(3))


def test_in_an_open_domain_with_one_standard_everything_fits():
    np.testing.assert_array_equal(
        diffusion.interoperability(diffusion.common_family(np.ones((3, 1))), np.array([[1.0]])),
        np.ones((3, 3)),
    )


def test_the_base_that_fits_an_offer():
    """Base .5, .3, .1: the first offer fits .5 + .3 * .2; the second .5 * .2 + .3 + .1 * .3."""
    fits = diffusion.interoperability(COMMON, np.array([[0.5]]))
    fitting = diffusion.fitting_base(np.array([[0.5, 0.3, 0.1]]), fits)
    np.testing.assert_allclose(fitting, [[0.56, 0.43, 0.19]])


def test_own_layers_count_by_the_sponsor_that_built_them():
    """Domain 1 builds on domain 0 with weight .5 and domain 0 on nothing.  In domain 0, vendors of
    sponsors (0, 1) hold .6 and .3; in domain 1 those of (1, none) hold .2 and .7."""
    sponsored = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
    by_sponsor = diffusion.base_by_sponsor(np.array([[[0.6, 0.3]], [[0.2, 0.7]]]), sponsored)
    np.testing.assert_allclose(by_sponsor, [[[0.6, 0.3]], [[0.0, 0.2]]])
    layers = diffusion.own_layers(by_sponsor, np.array([[0.0, 0.0], [0.5, 0.0]]))
    np.testing.assert_allclose(layers, [[[0.0, 0.0]], [[0.3, 0.15]]])


def test_vendors_prefer_the_family_of_their_own_sponsor():
    pull = diffusion.own_preference(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[2.0], [2.0]]), 0.3)
    np.testing.assert_allclose(pull, [[0.0, 0.6], [0.0, 0.0]])


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


def test_compliance_moves_its_share_of_the_way_to_its_target():
    moved = diffusion.next_compliance(np.array([[1.0, 0.1]]), np.array([[1.0, 0.5]]), 0.25)
    np.testing.assert_allclose(moved, [[1.0, 0.2]])


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


def test_the_base_in_demanding_markets_is_a_share_by_value():
    """Capacity 3, 1 and 4 of 10: the first demands the second family, the first and third the first."""
    share = diffusion.demanding_share(
        np.array([[3.0, 1.0, 4.0]]),
        np.array([[True, True], [False, False], [True, False]]),
        np.array([[10.0]]),
    )
    np.testing.assert_allclose(share, [[0.7, 0.3]])
    nothing = diffusion.demanding_share(np.zeros((1, 3)), np.ones((3, 2), dtype=bool), np.zeros((1, 1)))
    np.testing.assert_array_equal(nothing, 0.0)


def test_everything_in_a_demanding_market_speaks_the_family_and_elsewhere_what_vendors_build():
    """Shares .6 and .4, built to .5 and .1; of the first, .2 stand where it is demanded, of the second .3:
    .6 * .5 + .2 * .5 + .4 * .1 + .3 * .9 = .71; the first vendor's part is .4."""
    share, inside = np.array([[0.6, 0.4]]), np.array([[[0.2], [0.3]]])
    built = np.array([[0.5], [0.1]])
    np.testing.assert_allclose(diffusion.reach(share, inside, built), [[0.71]])
    first = np.array([[1.0], [0.0]])
    np.testing.assert_allclose(diffusion.reach(share, inside, built, first), [[0.4]])


def test_a_mix_moves_its_share_of_the_way_to_the_pull():
    """Pull .3 + .2 * .5 = .4 against .6 * .6 = .36: target .5263, .4737; a tenth of the way from (1, 0)."""
    moved = diffusion.next_mix(
        np.array([[1.0, 0.0]]), np.array([[0.0, 0.3]]), np.array([[0.6, 0.2]]), np.array([[0.6, 0.5]]), 0.1
    )
    np.testing.assert_allclose(moved, [[0.947368421, 0.052631579]], atol=1e-9)


def test_without_any_pull_a_mix_stays():
    before = np.array([[0.7, 0.3]])
    moved = diffusion.next_mix(before, np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((1, 2)), 1.0)
    np.testing.assert_array_equal(moved, before)


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


def test_affinity_drifts_towards_platforms_used_more_than_others():
    """Use .6, 0, 0, mean .2: drift .5 moves +.2, -.1, -.1, and 1 is the end."""
    moved = diffusion.next_affinity(np.array([0.9, 0.0, -1.0]), np.array([0.6, 0.0, 0.0]), 0.5)
    np.testing.assert_allclose(moved, [1.0, -0.1, -1.0])


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


def test_market_shares_are_parts_of_what_is_deployed():
    shares = diffusion.market_shares(np.array([[0.3, 0.1, 0.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(shares, [[0.75, 0.25, 0.0], [0.0, 0.0, 0.0]])


def test_without_platforms_nobody_uses_any():
    use = diffusion.platform_use(np.ones((1, 1, 2)), np.ones((1, 2, 1), dtype=bool), np.array([False]))
    np.testing.assert_array_equal(use, 0.0)


@pytest.mark.parametrize("runs", [1, 3])
def test_rules_broadcast_over_whatever_stands_to_the_left(runs):
    many = diffusion.common_part(np.repeat(COMPLIANCE[None, None], runs, axis=0))
    one = diffusion.interoperability(COMMON, np.array([[0.5]]))
    np.testing.assert_array_equal(
        diffusion.interoperability(many, np.full((1, 1, 1), 0.5)), one[None, None].repeat(runs, 0)
    )


def test_vendors_of_decoupled_sponsors_work_together_less():
    """Half open; sponsors 0 and 1 keep a fifth of it; the vendor without a sponsor, last, keeps all."""
    between = np.array([[1.0, 0.2], [0.2, 1.0]])
    openness = diffusion.pair_openness(np.array([0.5]), between, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(openness, [[[0.5, 0.1, 0.5], [0.1, 0.5, 0.5], [0.5, 0.5, 0.5]]])
    fits = diffusion.interoperability(COMMON, openness[0])
    np.testing.assert_allclose(fits, [[1.0, 0.04, 0.0], [0.04, 1.0, 0.3], [0.0, 0.3, 1.0]])


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
