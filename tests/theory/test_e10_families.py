"""Who supports a family of standards: what vendors take up, what markets demand, and what it costs (E10)."""

import dataclasses

import numpy as np
import pytest
from theory.runs import sponsored, with_body, with_now
from worlds import rich_world

import lockin_sim as ls

ENGINES = ("core", "mesa")
OLD, NEW = 0, 1
#: One country of five demands the new family; vendor 1 is of its owner.
COUNTRIES, HOME = 5, 0
STATUS, PUSH = 0.3, 2.0
WEIGHTS = {
    "compliance_rate": 0.3, "compliance_travel": 0.5, "compliance_pull": 0.8, "own_standard_preference": 0.2,
}  # fmt: skip


def families_world(demanding=(HOME,), fine=0.0, openness=0.0):
    """Two vendors that support the old family, and a body whose standards stay as they are."""
    toy = with_body(COUNTRIES, 1, "one_country_one_vote", 2.0, np.ones(COUNTRIES))
    body = dataclasses.replace(toy.bodies[0], initial_status=np.array([1 - STATUS, STATUS]))
    world = sponsored(dataclasses.replace(toy, bodies=(body,)), [1, 0])
    world = dataclasses.replace(
        world,
        initial_compliance=np.tile(np.eye(2)[OLD], (1, 2, 1)),
        family=np.array([NEW, -1]),
        owners=np.array([[0.0], [1.0]]),
    )
    demanded = np.zeros((COUNTRIES, 2), dtype=bool)
    demanded[list(demanding), NEW] = True
    return with_now(
        world, demanded=demanded, fine=fine * demanded, standard_push=np.full(1, PUSH),
        openness=np.full(1, openness),
    )  # fmt: skip


def played(case, world, years, engine="core", **weights):
    return ls.simulate(
        ls.Scenario.none(), world=world, runs=1, seed=case.seed(), years=(0, years), engine=engine,
        parameters=ls.Parameters.neutral(**(WEIGHTS | weights)),
        record=("compliance", "group_reach", "installed", "price", "price_paid"),
    )  # fmt: skip


def built(ds):
    """Compliance with the new family by year and vendor."""
    return ds.compliance.isel(run=0, standard=NEW, domain=0).transpose("year", "vendor").values


@pytest.mark.parametrize("engine", ENGINES)
def test_e10_compliance_goes_to_its_target_a_part_of_the_way_a_year(case, engine):
    """a(n) = t (1 - (1 - rate)^n), t = 1 - (1 - own)(1 - travel D)(1 - pull F); the old family stays."""
    years = 12
    found = played(case, families_world(), years, engine)
    others = (1 - 0.5 / COUNTRIES) * (1 - 0.8 * STATUS)
    target = 1 - np.array([1.0, 1 - 0.2 * PUSH]) * others
    way = 1 - 0.7 ** np.arange(years + 1)[:, None]
    case.exactly("rival's target", target[0], built(found)[-1, 0] / way[-1, 0], absolute=1e-12)
    case.exactly("owner's target", target[1], built(found)[-1, 1] / way[-1, 0], absolute=1e-12)
    gap = float(np.abs(built(found) - target * way).max())
    case.exactly("largest error", 0.0, gap, absolute=1e-12)
    old = found.compliance.isel(standard=OLD).values
    case.exactly("the old family is kept", 1.0, np.nanmin(old), absolute=0)


@pytest.mark.parametrize("engine", ENGINES)
def test_e10_what_a_market_demands_is_spoken_there_at_once_and_not_abroad(case, engine):
    """Reach of the world: all of the demanding fifth, and abroad what vendors build, which without travel is
    what they would build anyway."""
    one, other = (
        played(case, families_world(where), 6, engine, compliance_travel=0.0) for where in ((HOME,), ())
    )
    case.exactly("built otherwise", 0.0, np.abs(built(one) - built(other)).max(), absolute=0)
    last = one.isel(run=0, year=-1)
    abroad = last.installed.isel(country=slice(1, None), domain=0).transpose("country", "vendor").values
    expected = (1 + float((abroad @ built(one)[-1]).sum())) / COUNTRIES
    reach = float(last.reach.isel(domain=0, standard=NEW))
    case.exactly("reach in the world", expected, reach, absolute=1e-12)
    share = float(last.standard_share.isel(domain=0, standard=NEW))
    case.exactly("its share of what is spoken", expected / (1 + expected), share, absolute=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_e10_with_free_converters_a_push_moves_no_sale(case, seed):
    """Where all support one family and every domain is open, another family that carries no weight with
    buyers and costs nothing changes who supports it and nothing that is sold."""
    world = rich_world(seed, countries=6, vendors=4, domains=("radio", "shops"))
    n, h = len(world.conditions.years), len(world.sponsors)
    initial = world.initial_compliance.copy()
    initial[..., 0] = 1.0
    now = dataclasses.replace(
        world.conditions,
        openness=np.ones_like(world.conditions.openness),
        compatibility=np.ones((n, h, h)),
        fine=np.zeros_like(world.conditions.fine),
    )
    world = dataclasses.replace(
        world,
        initial_compliance=initial,
        conditions=now,
        family=np.append(np.full(h, NEW), -1),
        standard_entry=np.full_like(world.standard_entry, world.first_year),
    )
    sales, spoken = [], []
    for push in (0.0, 10.0):
        ds = ls.simulate(
            ls.Scenario.none().with_lever("standards_effort", list(world.sponsors), from_=2011, push=push),
            world=world, runs=3, seed=case.seed(), years=(2010, 2020), record=("group_sales", "compliance"),
            parameters={"official_weight": 0.0, "dual_cost": 0.0, "vested_interest": 0.0},
        )  # fmt: skip
        sales.append(np.nan_to_num(ds.group_sales.values))
        spoken.append(np.nan_to_num(ds.compliance.values))
    case.exactly("largest change of sales", 0.0, np.abs(sales[1] - sales[0]).max(), absolute=1e-12)
    assert np.abs(spoken[1] - spoken[0]).max() > 0.1


@pytest.mark.parametrize("engine", ENGINES)
def test_e10_speaking_two_families_costs_its_part_of_the_price(case, engine):
    """1 + cost times what is spoken beyond the first, and royalties on the family that others own; the price
    of a year is of what was built to by the last."""
    ds = played(case, families_world(), 5, engine, dual_cost=0.04, royalty_rate=0.1)
    price = ds.price.isel(run=0, domain=0).values
    spoken = built(ds)
    mine = np.array([[1.0], [1.0]]).T + spoken * np.array(
        [1.0, 0.0]
    )  # of others: the old, and the rival's new
    expected = 1 + 0.04 * spoken[:-1] + 0.1 * mine[:-1]
    case.exactly("largest error", 0.0, np.abs(price[1:] - expected).max(), absolute=1e-12)
    assert price[-1, 1] - price[-1, 0] < 0.1 * spoken[-2, 0]


@pytest.mark.parametrize("engine", ENGINES)
def test_e10_an_agreement_fines_what_vendors_do_not_build_anyway(case, engine):
    """Nobody builds to the family: everybody pays the whole fine where it was agreed, and there alone."""
    still = {"compliance_rate": 0.0}
    one, other = (played(case, families_world(fine=fine), 1, engine, **still) for fine in (0.0, 0.25))
    paid = [float(ds.price_paid.isel(run=0, year=-1, domain=0)) for ds in (one, other)]
    case.exactly("mean price", 1 + 0.25 / COUNTRIES, paid[1] / paid[0], absolute=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_e10_vendors_meet_in_the_family_that_both_speak_best(case, engine):
    """Users of vendor 1 pay (1 - o max min) s to leave; as a mix of families (1 - o sum min) s."""
    s, openness = 2.0, 0.6
    toy = ls.toy_world(1, 2, buyer="users", installed=np.array([[[1.0, 0.0]]]))
    speak = np.array([[0.5, 0.5], [0.7, 0.3]])
    world = with_now(dataclasses.replace(toy, initial_compliance=speak[None]), openness=np.full(1, openness))
    for alone, common in ((0.0, 0.5), (1.0, 0.8)):
        ds = played(case, world, 1, engine, switching_cost=s, exclusive_compliance=alone, compliance_rate=0.0)
        stays = 1 / (1 + np.exp(-s * (1 - openness * common)))
        found = float(ds.installed.isel(run=0, year=-1, country=0, domain=0, vendor=0))
        case.exactly(f"stays, common {common}", stays, found, absolute=1e-12)
