"""How bases and standards spread: against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import diffusion

COMPLIANCE = np.array([[1.0, 0.0], [0.4, 0.6], [0.0, 1.0]])


def test_vendors_interoperate_by_the_standards_they_share_as_far_as_the_domain_is_open() -> None:
    """Common compliance: .4 of first and second, 0 of first and third, .6 of second and third; half open."""
    fits = diffusion.interoperability(COMPLIANCE, np.array([[0.5]]))
    np.testing.assert_allclose(fits, [[1.0, 0.2, 0.0], [0.2, 1.0, 0.3], [0.0, 0.3, 1.0]])


def test_in_a_closed_domain_a_vendor_fits_only_itself() -> None:
    np.testing.assert_array_equal(diffusion.interoperability(COMPLIANCE, np.array([[0.0]])), np.eye(3))


def test_in_an_open_domain_with_one_standard_everything_fits() -> None:
    np.testing.assert_array_equal(
        diffusion.interoperability(np.ones((3, 1)), np.array([[1.0]])), np.ones((3, 3))
    )


def test_the_base_that_fits_an_offer() -> None:
    """Base .5, .3, .1: the first offer fits .5 + .3 * .2; the second .5 * .2 + .3 + .1 * .3."""
    fits = diffusion.interoperability(COMPLIANCE, np.array([[0.5]]))
    fitting = diffusion.fitting_base(np.array([[0.5, 0.3, 0.1]]), fits)
    np.testing.assert_allclose(fitting, [[0.56, 0.43, 0.19]])


def test_own_layers_count_by_the_sponsor_that_built_them() -> None:
    """Domain 1 builds on domain 0 with weight .5 and domain 0 on nothing.  In domain 0, vendors of
    sponsors (0, 1) hold .6 and .3; in domain 1 those of (1, none) hold .2 and .7."""
    sponsored = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
    by_sponsor = diffusion.base_by_sponsor(np.array([[[0.6, 0.3]], [[0.2, 0.7]]]), sponsored)
    np.testing.assert_allclose(by_sponsor, [[[0.6, 0.3]], [[0.0, 0.2]]])
    layers = diffusion.own_layers(by_sponsor, np.array([[0.0, 0.0], [0.5, 0.0]]))
    np.testing.assert_allclose(layers, [[[0.0, 0.0]], [[0.3, 0.15]]])


def test_vendors_prefer_the_family_of_their_own_sponsor() -> None:
    pull = diffusion.own_preference(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[2.0], [2.0]]), 0.3)
    np.testing.assert_allclose(pull, [[0.0, 0.6], [0.0, 0.0]])


def test_compliance_moves_its_share_of_the_way_to_the_pull() -> None:
    """Pull .3 + .2 * .5 = .4 against .6 * .6 = .36: target .5263, .4737; a tenth of the way from (1, 0)."""
    moved = diffusion.next_compliance(
        np.array([[1.0, 0.0]]), np.array([[0.0, 0.3]]), np.array([[0.6, 0.2]]), np.array([[0.6, 0.5]]), 0.1
    )
    np.testing.assert_allclose(moved, [[0.947368421, 0.052631579]], atol=1e-9)


def test_without_any_pull_compliance_stays() -> None:
    before = np.array([[0.7, 0.3]])
    moved = diffusion.next_compliance(before, np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((1, 2)), 1.0)
    np.testing.assert_array_equal(moved, before)


@given(seed=st.integers(0, 10_000), rate=st.floats(0, 1))
def test_compliance_stays_a_mix(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    before = rng.dirichlet(np.ones(3), size=(4, 5))
    family = np.eye(3)[rng.integers(0, 3, (4, 5))] * rng.integers(0, 2, (4, 5, 1))
    after = diffusion.next_compliance(
        before,
        family * 0.5,
        rng.dirichlet(np.ones(3), size=(4, 1)),
        rng.dirichlet(np.ones(3), size=(4, 1)),
        rate,
    )
    np.testing.assert_allclose(after.sum(axis=-1), 1.0, atol=1e-12)
    assert after.min() >= 0.0


def test_affinity_drifts_towards_platforms_used_more_than_others() -> None:
    """Use .6, 0, 0, mean .2: drift .5 moves +.2, -.1, -.1, and 1 is the end."""
    moved = diffusion.next_affinity(np.array([0.9, 0.0, -1.0]), np.array([0.6, 0.0, 0.0]), 0.5)
    np.testing.assert_allclose(moved, [1.0, -0.1, -1.0])


@given(seed=st.integers(0, 10_000), drift=st.floats(0, 1e6))
def test_affinity_stays_between_its_ends(seed: int, drift: float) -> None:
    rng = np.random.default_rng(seed)
    moved = diffusion.next_affinity(rng.uniform(-1, 1, (6, 3)), rng.random((6, 3)), drift)
    assert np.abs(moved).max() <= 1.0


def test_platform_use_is_the_mean_over_the_domains_that_people_use() -> None:
    """Two of three domains are platforms; sponsor 0 runs .6 of one and .2 of the other."""
    sponsored = np.zeros((3, 2, 2), dtype=bool)
    sponsored[:, 0, 0] = sponsored[:, 1, 1] = True
    use = diffusion.platform_use(
        np.array([[[0.6, 0.1]], [[0.9, 0.1]], [[0.2, 0.5]]]), sponsored, np.array([True, False, True])
    )
    np.testing.assert_allclose(use, [[0.4, 0.3]])


def test_market_shares_are_parts_of_what_is_deployed() -> None:
    shares = diffusion.market_shares(np.array([[0.3, 0.1, 0.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(shares, [[0.75, 0.25, 0.0], [0.0, 0.0, 0.0]])


def test_without_platforms_nobody_uses_any() -> None:
    use = diffusion.platform_use(np.ones((1, 1, 2)), np.ones((1, 2, 1), dtype=bool), np.array([False]))
    np.testing.assert_array_equal(use, 0.0)


@pytest.mark.parametrize("runs", [1, 3])
def test_rules_broadcast_over_whatever_stands_to_the_left(runs: int) -> None:
    many = np.repeat(COMPLIANCE[None, None], runs, axis=0)
    one = diffusion.interoperability(COMPLIANCE, np.array([[0.5]]))
    np.testing.assert_array_equal(
        diffusion.interoperability(many, np.full((1, 1, 1), 0.5)), one[None, None].repeat(runs, 0)
    )


def test_vendors_of_decoupled_sponsors_work_together_less() -> None:
    """Half open; sponsors 0 and 1 keep a fifth of it; the vendor without a sponsor, last, keeps all."""
    between = np.array([[1.0, 0.2], [0.2, 1.0]])
    openness = diffusion.pair_openness(np.array([0.5]), between, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(openness, [[[0.5, 0.1, 0.5], [0.1, 0.5, 0.5], [0.5, 0.5, 0.5]]])
    fits = diffusion.interoperability(COMPLIANCE, openness[0])
    np.testing.assert_allclose(fits, [[1.0, 0.04, 0.0], [0.04, 1.0, 0.3], [0.0, 0.3, 1.0]])


def test_in_one_world_the_openness_of_a_domain_holds_for_every_pair_bit_for_bit() -> None:
    openness = np.array([0.3, 0.7])
    pairs = diffusion.pair_openness(openness, np.ones((2, 2)), np.array([[0, 1], [2, 0]]))
    np.testing.assert_array_equal(pairs, np.broadcast_to(openness[:, None, None], (2, 2, 2)))
