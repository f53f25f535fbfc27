"""How bases and standards spread: interoperability, neighbours, own layers, compliance, drift."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules.reduce import total


def interoperability(common: Floats, openness: Floats) -> Floats:
    r"""How well the base of one vendor serves the customers of another.

    .. math:: m_{uv} = 1 \text{ if } u = v, \text{ else } o_{duv} c_{uv}        (D1)

    common    (..., vendor, vendor), c of (D11) or (D12), what two vendors have in common
    openness  (..., vendor, vendor) or (..., 1, 1), o of (D8), 0 to 1
    Returns (..., vendor, vendor).
    """
    own = np.eye(common.shape[-1], dtype=bool)
    return np.where(own, 1.0, openness * common)


def common_family(compliance: Floats) -> Floats:
    r"""What two vendors have in common: the family that both support best.

    .. math:: c_{uv} = \max_s \min(a_{us}, a_{vs})        (D11)

    compliance  (..., vendor, standard), a, 0 to 1 each
    Returns (..., vendor, vendor).
    """
    common, *others = _in_both(compliance)
    for other in others:
        common = np.maximum(common, other, out=common)
    return common


def common_part(compliance: Floats) -> Floats:
    r"""What two vendors have in common where a product supports one family alone.

    .. math:: c_{uv} = \sum_s \min(a_{us}, a_{vs})        (D12)

    compliance  (..., vendor, standard), a, rows sum to 1
    Returns (..., vendor, vendor).
    """
    return np.asarray(sum(_in_both(compliance)))


def _in_both(compliance: Floats) -> list[Floats]:
    """How far each of two vendors complies with each family at least.  (..., vendor, vendor) each."""
    by_standard = np.moveaxis(compliance, -1, 0)
    return [np.minimum(a[..., :, None], a[..., None, :]) for a in by_standard]


def fitting_base(base: Floats, interoperability: Floats) -> Floats:
    r"""Part of a base that works with each offer.

    .. math:: f_v = \sum_u k_u m_{uv}        (D2)

    base              (..., country, vendor): own shares, or a weighted mean of neighbours'
    interoperability  (..., vendor, vendor)
    """
    return base @ interoperability


def market_shares(installed: Floats) -> Floats:
    r"""Shares of what is deployed: :math:`x_v = k_v / \sum_w k_w` (D10); zeros without any.

    installed  (..., vendor), shares of capacity
    """
    return share_of(installed, total(installed))


def share_of(part: Numbers, whole: Numbers) -> Floats:
    """Share of a whole, 0 where there is none.  whole  at least 0, shaped to meet the parts."""
    return part / np.where(np.greater(whole, 0), whole, 1.0)


def base_by_sponsor(base: Floats, sponsored: Floats) -> Floats:
    r"""Part of a base that each sponsor's vendors built.

    .. math:: k_h = \sum_{u:\,h(u)=h} k_u        (D3)

    base       (..., country, vendor)
    sponsored  (..., vendor, sponsor), 1 where vendor u has sponsor h, else 0
    Returns (..., country, sponsor).
    """
    return base @ sponsored


def own_layers(by_sponsor: Floats, weight: Floats) -> Floats:
    r"""Own other layers built by each sponsor's vendors.

    .. math:: K_{dh} = \sum_e \gamma_{de}\, k_{eh}        (D9)

    by_sponsor  (..., domain, country, sponsor), k of (D3)
    weight      (..., domain, domain), gamma, how much domain d builds on domain e
    Returns (..., domain, country, sponsor).
    """
    flat = by_sponsor.reshape(*by_sponsor.shape[:-2], -1)  # (..., domain, country * sponsor)
    return (weight @ flat).reshape(by_sponsor.shape)


def own_preference(family: Floats, push: Floats, own_standard_preference: float | Floats) -> Floats:
    r"""How much a vendor prefers the standard family of its own sponsor.

    .. math:: o_{vs} = \psi\,\pi_{h(v)}\,1[s = s_{h(v)}]        (D4)

    family                   (..., vendor, standard), 1 for the family of the vendor's sponsor, else 0
    push                     (..., vendor, 1), pi, multiplier of this year; 1 is usual
    own_standard_preference  psi; 0 is none
    """
    return own_standard_preference * push * family


def compliance_target(
    preference: Floats, demanded: Floats, status: Floats, initial: Floats, *, travel: Numbers, pull: Numbers
) -> Floats:
    r"""How far a vendor comes to support each family, whatever else it supports.

    .. math:: t_{vs} = \max\big(a^0_{vs},\; 1 - (1 - \min(1, o_{vs}))
              (1 - \tau_D D_{ds})(1 - \tau_F F_{ds})\big)        (D13)

    Three reasons, each enough by itself: the family is its own sponsor's, some of its markets demand it, or
    bodies have made it the standard.  What a vendor supported at the start it goes on supporting.

    preference  (..., vendor, standard), o of (D4); 0 for families not yet there
    demanded    (..., 1, standard), D of (D15)
    status      (..., 1, standard), F, mean status in the bodies that standardise the domain; 0 likewise
    initial     (..., vendor, standard), a^0, compliance in the first year
    travel      tau_D, part of what is demanded somewhere that is built for all markets
    pull        tau_F, part of status that vendors follow
    """
    silent = (1.0 - np.minimum(1.0, preference)) * (1.0 - travel * demanded) * (1.0 - pull * status)
    return np.maximum(initial, 1.0 - silent)


def next_compliance(compliance: Floats, target: Floats, rate: Numbers) -> Floats:
    r"""Standards that vendors build to next year, for all their markets.

    .. math:: a' = a + \alpha\,(t - a)        (D14)

    compliance  (..., vendor, standard), a, 0 to 1 each
    target      (..., vendor, standard), t of (D13)
    rate        alpha, share of the way per year; 0 is no change
    """
    return compliance + rate * (target - compliance)


def demanding_share(capacity: Floats, demanded: Bools, everywhere: Floats) -> Floats:
    r"""Share of the world's base that lies in markets which demand each family.

    .. math:: D_s = \sum_i d_{is} K_i \,/ \sum_i K_i        (D15)

    capacity    (..., country), K, deployed capacity by value
    demanded    (country, standard), d, whether the market demands the family, or (..., country, standard)
    everywhere  (..., 1), capacity of all markets, those left out of the sum included
    Returns (..., standard); zeros where nothing is deployed.
    """
    demands = demanded.astype(float)
    here = capacity @ demands if demands.ndim == 2 else (capacity[..., None, :] @ demands)[..., 0, :]
    return share_of(here, everywhere)


def reach(
    share: Floats,
    demanding: Floats,
    compliance: Floats,
    counted: Floats | float = 1.0,
    demanded: Integers | slice = slice(None),
) -> Floats:
    r"""Share of a base that supports each family: where a market demands it everything does.

    .. math:: R_s = \sum_v b_{vs} \big(k_v a_{vs} + k^d_{vs} (1 - a_{vs})\big)        (D16)

    share       (..., market, vendor), k, shares of the deployed capacity
    demanding   (..., market, vendor, some), k^d, part of it in markets that demand the family
    compliance  (..., vendor, standard), a, what vendors build for all markets
    counted     (vendor, standard), b, 1 for vendors that count, else 0
    demanded    positions of the families of k^d, which is 0 for all others
    Returns (..., market, standard).
    """
    result: Floats = share @ (compliance * counted)
    further = demanding * ((1.0 - compliance) * counted)[..., None, :, demanded]
    result[..., demanded] += sum(
        np.moveaxis(further, -2, 0)
    )  # in the order of vendors, however few the families
    return result


def next_mix(
    compliance: Floats, preference: Floats, status: Floats, world_share: Floats, rate: Numbers
) -> Floats:
    r"""Standards that vendors build to next year where more of one family is less of the others.

    .. math:: a' = a + \alpha\,(\pi - a),\quad \pi_s \propto o_{vs} + F_{ds} X_s        (D5)

    compliance   (..., vendor, standard), a, rows sum to 1
    preference   (..., vendor, standard), o of (D4); 0 for families not yet there
    status       (..., 1, standard), F, mean status in the bodies that standardise the domain
    world_share  (..., 1, standard), X, share of the world's base that complies
    rate         alpha, share of the way per year; 0 is no change
    """
    pull = preference + status * world_share
    pulled = total(pull)
    moves = pulled > 0
    target = np.where(moves, pull / np.where(moves, pulled, 1.0), compliance)
    return compliance + rate * (target - compliance)


def next_affinity(affinity: Floats, use: Floats, drift: float | Floats) -> Floats:
    r"""Affinity after a year of using a sponsor's platforms.

    .. math:: A'_h = \min(1, \max(-1,\; A_h + \chi\,(U_h - \bar U)))        (D6)

    affinity  (..., sponsor), -1 to 1
    use       (..., sponsor), U, share of the platforms in use that the sponsor's vendors run
    drift     chi, per year; 0 is none
    """
    moved = affinity + drift * (use - total(use) / use.shape[-1])
    result: Floats = np.clip(moved, -1.0, 1.0)
    return result


def platform_use(installed: Floats, sponsored: Floats, platform: Bools) -> Floats:
    r"""Share of the platforms in use that each sponsor's vendors run.

    .. math:: U_h = \frac{1}{|P|} \sum_{d \in P} \sum_{v:\,h(v)=h} k_{dv}        (D7)

    installed  (..., domain, country, vendor)
    sponsored  (domain, vendor, sponsor), 1 where the vendor has the sponsor, else 0
    platform   (domain,), bool: P, the domains that people use directly
    Returns (..., country, sponsor).
    """
    used = installed[..., platform, :, :] @ sponsored[platform]
    return np.sum(used, axis=-3) / max(int(platform.sum()), 1)


def pair_openness(openness: Floats, compatibility: Floats, sponsor: Integers) -> Floats:
    r"""Openness of a domain between two vendors, less if their sponsors have decoupled.

    .. math:: o_{duv} = o_d\, b_{h(u)h(v)}        (D8)

    openness       (domain,), o, 0 to 1
    compatibility  (sponsor, sponsor), b, 0 to 1; 1 is not decoupled, and so are vendors without a sponsor
    sponsor        (domain, vendor), h, index of the sponsor, the last for none
    Returns (domain, vendor, vendor).
    """
    between = np.ones(np.add(compatibility.shape, 1))
    between[:-1, :-1] = compatibility
    return openness[:, None, None] * between[sponsor[:, :, None], sponsor[:, None, :]]
