"""Are the least coalitions least, by each body's real procedure, and is who decides who decides?"""

import re
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.errors import InputError
from lockin_sim.indices import penrose
from lockin_sim.parameters import Parameters
from lockin_sim.rules.counting import count
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.studies.bodies import (
    Assembly,
    Proposal,
    cast,
    cheapest_to_block,
    cheapest_to_pass,
    coalitions,
    decisive,
    settled,
    winning,
)
from lockin_sim.world import Body

WORLD = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma" / "world"
HOW = {"domain": "mobile_network", "year": 2000, "draws": 40, "runs": 2, "workers": 1}


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
        weights, quotas = winning(one)
        np.testing.assert_array_equal(
            (ballots @ weights.T >= np.array(quotas)).all(axis=-1), passes(one, ballots), err_msg=str(one)
        )


def test_linear_rules_are_those_of_every_real_body(real_world):
    rng = np.random.default_rng(5)
    for one in (settled(each, Parameters()) for each in real_world.bodies):
        member = one.members
        mine = body(
            one.procedure, one.weight[member], one.quota, firm=one.firm_weight[member], blocking=one.blocking
        )
        share = rng.uniform(0, 1, (400, 1))
        ballots = rng.uniform(size=(400, int(member.sum()))) < share
        weights, quotas = winning(mine)
        np.testing.assert_array_equal((ballots @ weights.T >= quotas).all(axis=-1), passes(mine, ballots))


@pytest.mark.parametrize("procedure", sorted(PROCEDURES))
def test_the_cheapest_is_the_cheapest_of_all_coalitions(procedure):
    rng = np.random.default_rng(7)
    for _ in range(15):
        one = of_any_kind(procedure, rng)
        n = len(one.weight)
        yes, price = rng.random(n) < 0.4, rng.integers(1, 20, n).astype(float)
        sets = [np.isin(np.arange(n), team) for k in range(n + 1) for team in combinations(range(n), k)]
        by_hand = [price[s].sum() for s in sets if not (s & yes).any() and passes(one, yes | s)]
        found = cheapest_to_pass(one, yes, price)
        assert passes(one, yes | found)
        assert price[found].sum() == min(by_hand)
        by_hand = [price[s].sum() for s in sets if not (s & ~yes).any() and not passes(one, yes & ~s)]
        found = cheapest_to_block(one, yes, price)
        assert not passes(one, yes & ~found)
        assert price[found].sum() == min(by_hand)


@pytest.mark.parametrize(
    ("weights", "quota", "least_pass", "least_block"),
    [
        ([4, 4, 4, 2, 2, 1], 12 / 17, 3, 2),  # the Community of 1958
        ([7] * 5 + [1] * 10, 39 / 45, 9, 1),  # the Security Council: nine, and one veto
        ([50, 49, 1], 51 / 100, 2, 1),
        ([7, 2, 2, 2], 7 / 13, 1, 1),  # a dictator
    ],
)
def test_known_bodies(weights, quota, least_pass, least_block):
    one, alike = body("weighted_firms", weights, quota), np.ones(len(weights))
    assert cheapest_to_pass(one, alike == 0, alike).sum() == least_pass
    assert cheapest_to_block(one, alike == 1, alike).sum() == least_block


@pytest.mark.parametrize(
    ("weights", "quota"), [([4, 4, 4, 2, 2, 1], 12), ([3, 2, 2], 4), ([7, 2, 2, 2], 7), ([50, 49, 1], 51)]
)
def test_who_decides_among_all_ballots_is_the_index_of_penrose(weights, quota):
    ballots = np.array(list(product([False, True], repeat=len(weights))))
    chance, pivotal = decisive(
        body("weighted_firms", weights, quota / sum(weights)), ballots, np.ones_like(ballots)
    )
    np.testing.assert_allclose(pivotal, penrose(weights, quota), rtol=0, atol=1e-15)
    assert chance == (ballots @ np.array(weights) >= quota).mean()


def drawn(seed, members, yes, no):
    luck = np.random.default_rng(seed).uniform(size=(40_000, members))
    return luck < yes, (luck < yes) | (luck >= 1 - no)


@pytest.mark.parametrize(
    ("one", "yes", "no", "chance"),
    [
        (body("weighted_firms", [1] * 40, 0.71), 0.6, 0.4, 0.07094949),
        (body("weighted_firms", [1] * 40, 0.71), 0.7, 0.3, 0.44060710),
        (body("weighted_firms", [1] * 40, 0.75), 0.8, 0.2, 0.83923085),
        (body("weighted_firms", [1] * 15, 2 / 3), 0.6, 0.4, 0.40321555),
        (body("double_two_thirds", [1] * 20 + [0.5] * 15, 2 / 3, blocking=0.25), 0.65, 0.2, 0.595749),
    ],
)
def test_chances_known_in_closed_form(one, yes, no, chance):
    found, pivotal = decisive(one, *drawn(1, len(one.weight), yes, no))
    assert found == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 40_000))
    assert pivotal[:15].std() < 0.01  # equal members decide alike


def test_ballots_come_as_often_as_their_chances():
    p, n = Parameters(), 20_000
    utility = np.array([-1.0, 0.3, 2.0])
    luck = np.random.default_rng(2).uniform(size=(n, 3))
    yes, votes = cast(utility, np.zeros((n, 1)), luck, p)
    against = 1 / (1 + np.exp(utility + p.abstention_band))
    np.testing.assert_allclose(yes.mean(axis=0), 1 / (1 + np.exp(-utility)), atol=4 * np.sqrt(0.25 / n))
    np.testing.assert_allclose((votes & ~yes).mean(axis=0), against, atol=4 * np.sqrt(0.25 / n))
    assert (votes | ~yes).all()


@pytest.fixture(scope="module")
def world():
    return ls.load_world(WORLD)


def test_a_change_of_vendor_raises_support_for_what_its_owners_propose(world):
    found = coalitions(world=world, change={"USA": "EU", "CAN": "EU"}, **HOW)
    assert found["passes_changed"].sel(body="TIA").item() > 0
    assert found["passes_changed"].sel(body="ETSI").item() == 0.0  # neither is a member
    assert np.isnan(found["pivotal"].sel(body="ETSI", country="USA"))
    assert (
        found["pivotal"].sel(body="TIA", country="USA").item()
        > found["pivotal"].sel(body="TIA", country="MEX").item()
    )
    assert int(found["least_pass"].sel(body="ITU")) == 26  # more than half of 50
    assert found["asked"].sel(body="ITU").max().item() <= 1.0


def test_members_are_counted_whole_and_who_never_decides_is_not_named(world, capsys):
    assert main(["coalitions", "--world", str(WORLD), "--year", "2000", "--runs", "2", "--workers", "1"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "ITU" in line]
    assert re.search(r"ITU\b.*│ 50 +│ 26 +│ 25 +│", lines[0])
    assert not re.search(r"\w 0\.0\b", lines[1])


def test_nothing_changes_without_a_change(world):
    found = coalitions(world=world, **HOW)
    assert (found["passes_changed"] == 0).all()
    assert (found["pivotal_changed"].fillna(0) == 0).all()


def test_what_a_body_decides_does_not_hang_on_its_mandate(world):
    import dataclasses

    mandate = np.zeros_like(world.conditions.mandate)
    bare = dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, mandate=mandate))
    found = coalitions(world=bare, **HOW)
    assert not found["mandate"].any()
    assert found["passes"].notnull().all()


def test_the_command(capsys):
    asked = ["coalitions", "IND=EU", "--world", str(WORLD), "--year", "1996", "--runs", "2", "--workers", "1"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "ETSI" in said
    assert "Pivotal members" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"change": {"XXX": "EU"}}, "XXX"),
        ({"change": {"IND": "ABC"}}, "ABC"),
        ({"family": "gsn"}, "gsm"),
        ({"domain": "cloud"}, "mobile_network"),
        ({"year": 1985}, "1985"),
        ({"draws": 0}, "draws"),
    ],
)
def test_unusable_questions(world, asked, said):
    with pytest.raises(InputError, match=said):
        coalitions(world=world, **(HOW | asked))


def test_a_change_that_is_none_is_refused(capsys):
    assert main(["coalitions", "KEN", "--runs", "1"]) == 2
    assert "KEN=EU" in capsys.readouterr().err


def test_a_world_without_bodies_is_refused():
    with pytest.raises(InputError, match="standards bodies"):
        coalitions(world=ls.toy_world(3, 2), runs=1, year=2)


def test_ballots_of_a_run_do_not_depend_on_the_runs_computed_beside_it(real_world):
    """Whoever splits runs, among processes or by chunks, meets the same shocks."""
    world, record = real_world, ("installed",)
    vote = Assembly(Proposal("cn2035", "mobile_network", 2020), (), Parameters(), 20, seed=3)
    ds = ls.simulate(world=world, runs=3, seed=3, years=(2010, 2020), record=record)
    whole, last = vote(ds, world), vote(ds.isel(run=[2]), world)
    assert ((whole["passes"] > 0) & (whole["passes"] < 1)).any(axis=1).all()
    for name, values in last.items():
        np.testing.assert_array_equal(values[0], whole[name][2], err_msg=name)
