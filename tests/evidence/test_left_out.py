"""Is what was left out of the record unseen, is what was not reproduced, and are scores what they say?"""

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.conventions import NEVER
from lockin_sim.evidence import left_out as lo
from lockin_sim.evidence import skill
from lockin_sim.evidence.rivals import assign_folds
from lockin_sim.record.tables import compute_chinese_loans
from lockin_sim.world.contracts import NO_GENERATION, Contracts
from lockin_sim.world.digests import compute_world_digest
from lockin_sim.world.loans import NOT_RECORDED
from lockin_sim.world.restrictions import FREE

RUNS = 2


def from_the_record(world, last=None, orders=NEVER):
    """What runs would say that met the record in every lot, and restricted as on record."""
    steps = [world.step(year) for year in lo.YEARS]
    holder, offers = world.on_record.holder[steps], lo.is_chinese_offer(world)
    chinese = (offers[np.arange(len(world.lots)), holder] & (holder >= 0))[None].repeat(RUNS, axis=0)
    restricted = (world.recorded_orders[steps, :, world.sponsors.index("CHN")] == 1)[None]
    lent = np.nan_to_num(compute_chinese_loans(world.countries, *lo.LENT))[None] / 1e3
    last = np.full(len(world.lots), world.first_year - 1) if last is None else last
    return lo.BlindRuns(last, orders, chinese, restricted.repeat(RUNS, axis=0), lent.repeat(RUNS, axis=0))


def turned(world, last):
    """The world whose record, read and recalled, has another vendor wherever it is not known to runs."""
    read = turned_record(world.facts["contracts_read"], last)
    facts = {**world.facts, "contracts_read": read}
    return dataclasses.replace(world, contracts=turned_record(world.contracts, last), facts=facts)


def turned_record(record, last):
    """Contracts with another vendor after the last year of their lot."""
    tenders, held = record.tenders.copy(), record.held.copy()
    for rows in (tenders, held):
        unknown = rows[:, 0] > last[rows[:, 1]]
        rows[unknown, -1] = (rows[unknown, -1] + 1) % 3
    assert (held != record.held).any()
    return dataclasses.replace(record, tenders=tenders, held=held)


# --- leaving out ---


def test_a_record_ends_for_each_lot_where_it_is_said_to():
    held = np.array([(year, lot, 0) for year in range(2010, 2014) for lot in (0, 1, 2)])
    tenders = np.array([(2011, 0, 0, 0), (2012, 0, 1, 0), (2012, 1, 0, 0), (2013, 2, 0, 0)])
    record = Contracts(tenders, held, np.array([0, 0, NO_GENERATION]))
    known = record.until(np.array([2011, NEVER, 2009]), since=2010)
    assert known.tenders.tolist() == [[2011, 0, 0, 0], [2012, 1, 0, 0]]
    assert sorted({(lot, year) for year, lot, _ in known.held.tolist()}) == [
        *((0, year) for year in (2010, 2011)), *((1, year) for year in range(2010, 2014)),
    ]  # fmt: skip
    assert known.generation.tolist() == [0, 0, NO_GENERATION]
    assert record.until(np.full(3, 2009), since=2010).generation.tolist() == 3 * [NO_GENERATION]


def test_nothing_after_a_year_is_known_and_all_before_is(real_world):
    cut = lo.hide_years(real_world, 2015)
    later = real_world.step(2016)
    assert (cut.world.recorded_orders[later:] == FREE).all()
    assert (cut.world.recorded_loans[later:] == NOT_RECORDED).all()
    assert cut.world.contracts.held[:, 0].max() == cut.world.contracts.tenders[:, 0].max() == 2015
    np.testing.assert_array_equal(cut.world.recorded_orders[:later], real_world.recorded_orders[:later])
    np.testing.assert_array_equal(cut.world.recorded_loans[:later], real_world.recorded_loans[:later])
    step = later - 1
    np.testing.assert_array_equal(cut.world.on_record.holder[step], real_world.on_record.holder[step])


def test_every_recorded_economy_is_left_out_once_and_whole(real_world):
    lacking = lo.build_partial_worlds(real_world)
    lots, known = real_world.lots, []
    for k in range(lo.FOLDS):
        held = lacking[f"{lo.ECONOMIES} {k}"].world.contracts.held
        known.append(np.isin(np.arange(len(lots)), held[:, 1]))
    recorded = np.isin(np.arange(len(lots)), real_world.contracts.held[:, 1])
    assert (np.sum(known, axis=0)[recorded] == lo.FOLDS - 1).all()
    fold = assign_folds(real_world.countries) % lo.FOLDS
    assert not any((fold[lots.country[mine]] == k).any() for k, mine in enumerate(known))


def test_nothing_of_the_newest_generation_is_known(real_world):
    known = lo.hide_generation(real_world).world.contracts
    assert (real_world.contracts.tenders[:, 2] == 1).sum() > 200
    assert not (known.tenders[:, 2] == 1).any()
    assert (known.tenders[:, 2] == 0).sum() == (real_world.contracts.tenders[:, 2] == 0).sum()


@pytest.mark.parametrize("left", [f"{lo.ECONOMIES} 0", lo.GENERATION, lo.TIME])
def test_runs_follow_from_the_same_world_whatever_was_left_out(real_world, left):
    before = lo.build_partial_worlds(real_world)[left]
    other = turned(real_world, before.last)
    assert compute_world_digest(other) != compute_world_digest(real_world)
    assert compute_world_digest(lo.build_partial_worlds(other)[left].world) == compute_world_digest(
        before.world
    )


@pytest.fixture(scope="module")
def said(real_world):
    """What runs say that know all, and all but the newest generation."""
    some = {left: lo.build_partial_worlds(real_world)[left] for left in (lo.NOTHING, lo.GENERATION)}
    return lo.simulate_blind_runs(real_world, ls.Parameters(), RUNS, 0, 1, False, some)


def test_what_is_left_out_changes_no_forecast_and_what_is_not_changes_some(real_world, said):
    """Bit for bit; those that know all follow the change."""
    last = said[lo.GENERATION].last
    world = turned(real_world, last)
    some = {left: lo.build_partial_worlds(world)[left] for left in said}
    other = lo.simulate_blind_runs(world, ls.Parameters(), RUNS, 0, 1, False, some)
    for name, values in said[lo.GENERATION]._asdict().items():
        np.testing.assert_array_equal(getattr(other[lo.GENERATION], name), values)
    assert (other[lo.NOTHING].chinese != said[lo.NOTHING].chinese).mean() > 0.001
    before, after = (
        lo.build_left_out_operators(each, of[lo.GENERATION], of[lo.NOTHING], 2025, signed=True)
        for each, of in ((real_world, said), (world, other))
    )
    assert (before.recorded != after.recorded).any()
    for name in ("said", "before"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    rivals = [
        skill.build_rival_forecasts(each, lo.GENERATION, last, mine)
        for each, mine in ((real_world, before), (world, after))
    ]
    for name in (skill.MEAN, skill.STAYS, skill.CALIBRATED):  # others' record of earlier years
        np.testing.assert_array_equal(rivals[0][name], rivals[1][name])


#: Operators on record with a supplier that has left their market: Nokia sells nothing in Russia since 2022,
#: and MegaFon's contract of 2021 with it runs for seven years.
WITHDRAWN = {"MegaFon"}


def test_leaving_nothing_out_reproduces_the_record(real_world, said):
    """But for suppliers that the record of orders forbids, or that have left the market."""
    nothing = said[lo.NOTHING]._replace(last=np.full(len(real_world.lots), real_world.first_year - 1))
    for year in lo.YEARS:
        mine = lo.build_left_out_operators(real_world, nothing, nothing, year, signed=False)
        off = np.abs(mine.remembered.mean(axis=0) - mine.recorded)
        named = np.array([real_world.lots.operators[place] in WITHDRAWN for place in mine.place])
        assert off[~mine.barred & ~named].mean() < 0.002
        assert off.mean() < 0.03


# --- operators and rivals ---


def test_runs_that_met_the_record_have_no_error(real_world):
    met = from_the_record(real_world)
    mine = lo.build_left_out_operators(real_world, met, met, 2020, signed=False)
    np.testing.assert_allclose(mine.said.mean(axis=0), mine.recorded)
    assert np.isnan(mine.before).all()
    assert "CHN" not in {real_world.countries[c] for c in mine.country}
    found = skill.score_operators(
        lo.ECONOMIES, 2020, mine, {skill.MEAN: np.full((2, len(mine.recorded)), 0.5)}, seed=0
    )
    assert found[0].score == pytest.approx(0.0)
    assert found[0].points == pytest.approx(0.0)
    assert found[1].verdict == "better"


def test_only_operators_that_signed_since_are_asked_about(real_world):
    last = np.full(len(real_world.lots), 2015)
    met = from_the_record(real_world, last)
    signed, every = (
        lo.build_left_out_operators(real_world, met, met, 2020, signed=only) for only in (True, False)
    )
    assert 50 < len(signed.place) < len(every.place)
    tenders = real_world.contracts.tenders
    since = tenders[(tenders[:, 0] > 2015) & (tenders[:, 0] <= 2020), 1]
    assert set(signed.place) <= set(real_world.lots.operator[since])


def asked(recorded, country, said, before=None):
    """Operators of equal size, of which two runs say the same."""
    n = len(recorded)
    before = np.full(n, np.nan) if before is None else np.asarray(before, dtype=float)
    free, said = np.zeros(n, dtype=bool), np.tile(said, (RUNS, 1))
    return lo.LeftOutOperators(
        np.arange(n), np.asarray(country), np.ones(n), np.asarray(recorded), before, said, said, free, free
    )


def test_a_constant_forecasts_a_record_that_is_constant():
    country = np.arange(20) // 2
    recorded = np.full(20, 0.25)
    mine = asked(recorded, country, np.linspace(0, 1, 20))
    others = skill.draw_from_others(mine.recorded, country, np.zeros(20, int))
    model, constant = skill.score_operators(lo.ECONOMIES, 2020, mine, {skill.MEAN: others}, seed=1)
    assert constant.score == constant.crps == constant.points == pytest.approx(0.0)
    assert constant.verdict == constant.crps_verdict == "worse"
    assert model.score == pytest.approx(np.mean((np.linspace(0, 1, 20) - 0.25) ** 2))


def test_persistence_forecasts_a_record_in_which_all_stay():
    before = np.tile([0.0, 1.0], 10)
    mine = asked(before, np.arange(20) // 2, np.full(20, 0.5), before)
    model, stays = skill.score_operators(
        lo.GENERATION, 2025, mine, {skill.STAYS: np.tile(before, (2, 1))}, seed=1
    )
    assert (stays.score, stays.verdict) == (0.0, "worse")
    assert (model.score, model.points) == (0.25, 0.0)  # half of each economy, by luck of its parts


def planted(chance, said, economies=400, seed=2):
    """Scores of runs that say a chance, and of the rule that all stay, if operators stay with a chance.

    said  chance of staying in runs
    """
    rng = np.random.default_rng(seed)
    before = rng.integers(2, size=economies).astype(float)
    recorded = np.where(rng.random(economies) < chance, before, 1 - before)
    members = np.where(rng.random((16, economies)) < said, before, 1 - before)
    mine = asked(recorded, np.arange(economies), recorded, before)._replace(said=members)
    return skill.score_operators(lo.GENERATION, 2025, mine, {skill.STAYS: np.tile(before, (2, 1))}, seed=1)


def test_a_calibrated_forecast_beats_a_hard_rule_by_both_scores_and_loses_by_distance():
    """If seven in ten stay, its expected scores are .21 beside .30, whatever the number of its runs; the
    median of its runs, which mostly stays too, is further off than the rule."""
    model, stays = planted(0.7, 0.7)
    assert model.score == pytest.approx(0.21, abs=0.03)
    assert model.crps == pytest.approx(0.21, abs=0.03)
    assert stays.score == stays.crps == pytest.approx(0.3, abs=0.05)
    assert stays.verdict == stays.crps_verdict == "better"
    assert model.points > stays.points


@pytest.mark.parametrize("said", [0.2, 0.35])
def test_a_biased_forecaster_loses_to_the_rule(said):
    _, stays = planted(0.8, said)
    assert stays.verdict == stays.crps_verdict == "worse"


def test_staying_is_calibrated_on_changes_that_are_known():
    changes = np.array([1.0, 1, 1, 1, 0, 0]), np.array([1.0, 1, 1, 0, 0.5, 0.5])
    np.testing.assert_allclose(skill.predict_change(changes, np.array([1.0, 0.0, 0.5])), [0.75, 0.5, 0.625])


def test_changes_are_of_contracts_to_the_year_and_of_both_ends(real_world):
    early, late = (
        skill.compute_known_changes(real_world, np.full(len(real_world.lots), year)) for year in (2014, 2019)
    )
    assert 20 < len(early[0]) < len(late[0]) == len(late[1])
    assert np.corrcoef(*late)[0, 1] > 0.15


def test_the_record_of_others_never_sees_its_own_economy():
    country, group = np.array([0, 0, 1, 2, 3, 4]), np.array([0, 0, 0, 0, 0, 1])
    values = np.array([1.0, 0.0, 0.2, 0.4, np.nan, 0.9])
    first = skill.draw_from_others(values, country, group)
    assert set(first[:, 0]) == set(first[:, 1]) == {0.2, 0.4, 0.9}  # two of its region: too few
    np.testing.assert_allclose(first[:, :2].mean(axis=0), np.mean([0.2, 0.4, 0.9]), atol=0.002)
    other = values.copy()
    other[:2] = 0.5
    np.testing.assert_array_equal(skill.draw_from_others(other, country, group)[:, :2], first[:, :2])
    values[4] = 0.6
    assert set(skill.draw_from_others(values, country, group)[:, 0]) == {0.2, 0.4, 0.6}


def test_operators_of_another_economy_are_drawn_together():
    """Economies have all or nothing: members give both operators of one the same."""
    country = np.repeat(np.arange(10), 2)
    values = (country % 2).astype(float)
    members = skill.draw_from_others(values, country, np.zeros(20, int))
    np.testing.assert_array_equal(members[:, ::2], members[:, 1::2])
    np.testing.assert_allclose(members.mean(axis=0), (10 * 0.5 - values) / 9, atol=0.01)


def test_members_of_a_chance_have_it():
    chance = np.array([0.0, 0.25, 0.6, 1.0])
    members = skill.draw_all_or_nothing(chance)
    np.testing.assert_allclose(members.mean(axis=0), chance)
    assert abs(np.corrcoef(members[:, 1], members[:, 2])[0, 1]) < 0.15


def test_only_contracts_that_were_read_are_scored(real_world):
    """Recalled rows, taken out or turned around, change neither who is scored nor what was recorded."""
    met = from_the_record(real_world, np.full(len(real_world.lots), 2015))
    mine = lo.build_left_out_operators(real_world, met, met, 2020, signed=True)
    read = lo.keep_read_contracts(real_world)
    also = lo.build_left_out_operators(read, met, met, 2020, signed=True)
    assert set(mine.place) <= set(also.place)
    every = lo.build_left_out_operators(
        dataclasses.replace(real_world, facts={**real_world.facts, "contracts_read": real_world.contracts}),
        met, met, 2020, signed=True,
    )  # fmt: skip
    assert 40 < len(mine.place) < len(every.place)
    step = real_world.step(2020)
    lots = lo.is_holder_read(real_world, step)
    np.testing.assert_array_equal(read.on_record.holder[step][lots], real_world.on_record.holder[step][lots])


# --- loans and known errors ---


def test_loans_where_they_were_are_none_misplaced(real_world):
    met = from_the_record(real_world)
    placed, rows = skill.score_loan_placement(real_world, met.lent, seed=1)
    rule, before, equal = placed
    assert rule.misplaced == pytest.approx(0.0, abs=1e-9)
    assert 0 < before.misplaced < equal.misplaced < 100
    assert before.verdict == equal.verdict == "better"
    groups = [row for row in rows if row.place.startswith("income:")]
    assert sum(row.recorded for row in groups) == pytest.approx(sum(row.said for row in groups))
    somewhere = np.zeros_like(met.lent)
    somewhere[:, real_world.countries.index("PRY")] = 1.0  # nothing is recorded there
    assert skill.score_loan_placement(real_world, somewhere, seed=1)[0][0].misplaced == pytest.approx(100.0)


def test_known_errors_are_none_where_the_record_is_met(real_world):
    said = {
        lo.GENERATION: from_the_record(real_world, lo.hide_generation(real_world).last),
        lo.TIME: from_the_record(real_world, np.full(len(real_world.lots), 2015), orders=2015),
    }
    mine = {
        left: lo.build_left_out_operators(real_world, of, of, 2025, signed=True) for left, of in said.items()
    }
    found = skill.compute_known_errors(real_world, said, mine)
    assert len(found) == 6
    for error in found:
        assert error.low == error.said == error.high == pytest.approx(error.recorded)
    assert [error.recorded for error in found[2:4]] == 2 * [found[2].recorded]
