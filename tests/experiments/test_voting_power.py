"""Are the rules by which voting power is counted those of each body's procedure?"""

import dataclasses
import importlib
from itertools import product

import numpy as np
import pytest

from lockin_sim.model.decisions import quota_of
from lockin_sim.rules.counting import count
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Body

power = importlib.import_module("experiments.07_bodies.power")


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
        one = dataclasses.replace(each, quota=float(quota_of(each.quota, Parameters())))
        member = one.members
        mine = body(
            one.procedure, one.weight[member], one.quota, firm=one.firm_weight[member], blocking=one.blocking
        )
        share = rng.uniform(0, 1, (400, 1))
        ballots = rng.uniform(size=(400, int(member.sum()))) < share
        weights, quotas = power.winning(mine)
        np.testing.assert_array_equal((ballots @ weights.T >= quotas).all(axis=-1), passes(mine, ballots))
