"""Are the rules by which voting power is counted those of each body's procedure?"""

import dataclasses
import importlib
from itertools import product

import numpy as np
import pytest
import xarray as xr

from lockin_sim.common import indices as metrics
from lockin_sim.common.errors import InputError
from lockin_sim.model.decisions import resolve_quota
from lockin_sim.rules.counting import count
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Body

power, drawing = (importlib.import_module(f"experiments.07_bodies.{name}") for name in ("power", "figure"))

NAMES = ["AFG", "KEN", "USA", "FRA", "CHN", "NPL", "PER"]
MEMBERS = xr.DataArray([1] * 7, {"country": NAMES, "body": "ITU"}, ["country"])
SIDES = MEMBERS.copy(data=["CHN", "CHN", "USA", "", "CHN", "", "USA"])


def body(procedure, weight, quota, *, firm=None, blocking=1.0):
    """A body of members alone."""
    weight = np.asarray(weight, dtype=float)
    firm = np.zeros(len(weight)) if firm is None else np.asarray(firm, dtype=float)
    return Body("body", procedure, weight, firm, quota, blocking, 1, 2010, np.ones(1))


def passes(body, yes):
    """What the body's own procedure says of ballots of all members.  yes (..., member)."""
    yes = np.asarray(yes)[..., None]
    weight, firm = body.weight[:, None], body.firm_weight[:, None]
    counted = count(yes, np.ones_like(yes), weight, firm)
    return PROCEDURES[body.procedure](counted, body.quota, body.blocking)[1][..., 0, 0]


def of_any_kind(procedure, rng):
    n = int(rng.integers(3, 9))
    weight = rng.integers(1, 9, n) / 2
    if procedure == "double_two_thirds":
        weight = rng.choice([1.0, 0.5], n)
        weight[0] = 1.0
    firm = rng.integers(1, 6, n) / 2 if procedure == "chambers" else None
    return body(procedure, weight, float(rng.choice([0.5, 0.6, 2 / 3, 0.71])), firm=firm,
                blocking=float(rng.choice([0.25, 0.3, 1.0])))  # fmt: skip


@pytest.mark.parametrize("procedure", sorted(PROCEDURES))
def test_linear_rules_are_the_procedure(procedure):
    rng = np.random.default_rng(3)
    for _ in range(60):
        one = of_any_kind(procedure, rng)
        ballots = np.array(list(product([False, True], repeat=len(one.weight))))
        weights, quotas = power.winning(one)
        np.testing.assert_array_equal(
            (ballots @ weights.T >= np.array(quotas)).all(axis=-1), passes(one, ballots), err_msg=str(one)
        )


def test_linear_rules_are_those_of_every_real_body(real_world):
    rng = np.random.default_rng(5)
    for each in real_world.bodies:
        one = dataclasses.replace(each, quota=float(resolve_quota(each.quota, Parameters())))
        member = one.members
        mine = body(
            one.procedure, one.weight[member], one.quota, firm=one.firm_weight[member], blocking=one.blocking
        )
        share = rng.uniform(0, 1, (400, 1))
        ballots = rng.uniform(size=(400, int(member.sum()))) < share
        weights, quotas = power.winning(mine)
        np.testing.assert_array_equal((ballots @ weights.T >= quotas).all(axis=-1), passes(mine, ballots))


def test_power_together_and_alone_are_the_indices_of_the_metrics():
    figure = drawing.voting_power(MEMBERS, SIDES, 4)
    together = 100 * metrics.banzhaf([3, 2, 1, 1], 4)
    alone = 100 * metrics.banzhaf([1] * 7, 4)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "tied to Chinese vendors", "tied to US vendors", "in no bloc",
    ]  # fmt: skip
    marks = {(line.get_marker(), round(line.get_ydata()[0])): line.get_xdata()[0] for line in ax.lines}
    np.testing.assert_allclose([marks["o", 0], marks["o", 1], marks["o", 2]],
                               [together[0], together[1], together[2:].sum()])  # fmt: skip
    np.testing.assert_allclose([marks["s", 0], marks["s", 1]], [alone[:3].sum(), alone[:2].sum()])
    bars = [bar.get_width() for bars in ax.containers for bar in bars]
    np.testing.assert_allclose(bars, [300 / 7, 200 / 7, 200 / 7])
    shapley = {
        (line.get_marker(), round(line.get_ydata()[0])): line.get_xdata()[0] for line in figure.axes[1].lines
    }
    np.testing.assert_allclose(shapley["o", 0], 100 * metrics.shapley_shubik([3, 2, 1, 1], 4)[0])
    finding = (
        "Members of the ITU tied to US vendors have 29 % of votes: as a bloc they have 17 % of Banzhaf "
        "power, each alone 29 %"
    )
    assert finding == " ".join(figure.get_suptitle().split())


@pytest.mark.parametrize("quota", [0, 8])
def test_a_quota_that_nobody_or_everybody_meets_is_refused(quota):
    with pytest.raises(InputError, match="quota"):
        drawing.voting_power(MEMBERS, SIDES, quota)
