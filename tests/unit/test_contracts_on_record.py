"""Runs in which contracts end as recorded: the record tells of luck and tastes, and decides nothing."""

import dataclasses
import functools
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gumbel_r, kstest
from worlds import FIRST, history_on_record, rich_world, with_contracts

import lockin_sim as ls
from lockin_sim.common.draws import Draws, History, Luck
from lockin_sim.comparisons.trial import Arm, Measure, Trial, build_setup
from lockin_sim.engine import guided as guiding
from lockin_sim.engine import tastes
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.model.scripted_contracts import Takeovers, with_takeovers
from lockin_sim.record import conditioned
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import CONDITIONED, build_histories
from lockin_sim.rules import choice
from lockin_sim.settings.ensemble import build_declared_history, find_recorded_operators
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world.contracts import Contracts

WORLD = with_contracts(rich_world(31, countries=8, vendors=4), 31)
RUNS, LAST = 3, WORLD.present + 3


@functools.cache
def history():
    """Histories of the runs that meet its contracts."""
    return history_on_record(WORLD, Parameters(), RUNS)


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path, monkeypatch):
    """Nothing is kept from one test to the next."""
    monkeypatch.setenv("LOCKIN_CACHE", str(tmp_path))
    monkeypatch.setattr(conditioned, "_ROWS", type(conditioned._ROWS)())


def incumbents(world, luck, scenario=None, parameters=None, runs=RUNS, seed=1):
    """Who has each lot at the end of each year.  (run, year, lot)."""
    batch = Batch(
        world, scenario or ls.Scenario.none(), parameters or Parameters(), seed=seed, runs=range(runs),
        years=(FIRST, LAST), record=frozenset(), history=luck,
    )  # fmt: skip
    found = [batch.state.incumbent.copy()]
    for year in range(FIRST + 1, LAST + 1):
        simulate_year(batch, year)
        found.append(batch.state.incumbent.copy())
    return np.stack(found, axis=1)


def test_the_baseline_meets_the_record_but_for_what_the_model_rules_out():
    past = dataclasses.replace(history(), luck=None)
    unmet = guiding.simulate_guided(WORLD, Parameters(), past, np.arange(RUNS), evidence=False).unmet
    missed = np.zeros((RUNS, WORLD.on_record.holder.shape[1]), dtype=bool)
    missed[unmet.run, unmet.lot] = True
    found, holder = incumbents(WORLD, history())[:, : len(WORLD.on_record.holder)], WORLD.on_record.holder
    met = (found == holder) | (holder < 0) | missed[:, None]
    # where nothing was up, a lot is still with whom it was before the record begins to tell
    before = np.vstack([np.full_like(holder[:1], -1), holder[:-1]])
    begins = (holder >= 0) & (before < 0) & ~WORLD.on_record.signed
    late = np.logical_or.accumulate(begins[1:], axis=0)
    assert met[:, 0].all()
    assert (met[:, 1:] | late).all()
    assert met.mean() > 0.97


def test_contracts_on_record_are_due_in_their_years_in_every_arm():
    """Each with its generation: so also where nobody has luck given the record."""
    none = Luck.of(RUNS, len(WORLD.lots), [], WORLD.shape[2])
    batch = Batch(
        WORLD, ls.Scenario.none(), Parameters(), seed=1, runs=range(RUNS), years=(FIRST, LAST),
        record=frozenset(), history=dataclasses.replace(history(), luck=none),
    )  # fmt: skip
    recorded = WORLD.on_record.start.T[:, None]
    assert (recorded < 9999).any()
    np.testing.assert_array_equal(
        np.where(recorded < 9999, batch.generation_start, 0),
        np.broadcast_to(np.where(recorded < 9999, recorded, 0), batch.generation_start.shape),
    )
    known = (recorded < 9999).any(axis=0)[0]
    assert (np.diff(batch.generation_start[:, :, known], axis=0) > 0).all()
    for year in range(FIRST + 1, WORLD.present + 1):
        board_rows = []
        choose = batch.stages.operators_choose
        batch.stages.operators_choose = lambda *a, seen=board_rows, own=choose: seen.append(a[2]) or own(*a)
        simulate_year(batch, year)
        batch.stages.operators_choose = choose
        (rows,) = board_rows
        for run in range(RUNS):
            up = set(rows.lot[rows.run == run].tolist())
            assert set(np.flatnonzero(WORLD.on_record.signed[year - FIRST]).tolist()) <= up


def test_a_prior_history_knows_nothing_of_contracts():
    bare = dataclasses.replace(WORLD, contracts=Contracts.none(len(WORLD.lots)))
    plain = dataclasses.replace(history(), tastes=None, luck=None)
    for luck in (None, plain):
        np.testing.assert_array_equal(incumbents(WORLD, luck), incumbents(bare, luck))


def test_a_run_has_the_same_history_whichever_are_computed_with_it(monkeypatch):
    whole = history_on_record(WORLD, Parameters(), 4)
    for at_once in (1, 3):
        monkeypatch.setattr(conditioned, "AT_ONCE", at_once)
        monkeypatch.setattr(conditioned, "_load_row", lambda key: None)
        again = history_on_record(WORLD, Parameters(), 4)
        np.testing.assert_array_equal(again.tastes, whole.tastes)
        for name in ("first", "key", "shock"):
            np.testing.assert_array_equal(getattr(again.luck, name), getattr(whole.luck, name))
    numbers = np.arange(4 * len(WORLD.countries)).reshape(4, -1)
    past = History(numbers, np.arange(4), seed=5, last=WORLD.present)
    alone = ConditionedHistories.of(past, np.arange(4), Parameters(), WORLD)[[2]]
    np.testing.assert_array_equal(alone.luck.shock, whole[[2]].luck.shock)
    np.testing.assert_array_equal(alone.tastes, whole.tastes[[2]])


def test_what_was_computed_is_kept_and_what_is_damaged_is_computed_again(tmp_path, monkeypatch):
    first = history_on_record(WORLD, Parameters(), 2)
    files = sorted((tmp_path / "lockin_sim" / "histories").glob("*.npz"))
    assert len(files) == 2
    conditioned._ROWS.clear()
    computed = []
    own = ConditionedHistories._computed
    monkeypatch.setattr(
        ConditionedHistories, "_computed", lambda self, world: computed.append(1) or own(self, world)
    )
    monkeypatch.setattr(conditioned, "find_replaced_code", dict)  # histories of replaced code are not kept
    np.testing.assert_array_equal(history_on_record(WORLD, Parameters(), 2).luck.shock, first.luck.shock)
    assert not computed
    conditioned._ROWS.clear()
    files[0].write_bytes(files[0].read_bytes()[:100])
    np.testing.assert_array_equal(history_on_record(WORLD, Parameters(), 2).luck.shock, first.luck.shock)
    assert computed == [1]
    conditioned._ROWS.clear()
    history_on_record(WORLD, Parameters(switching_cost=1.0), 2)  # other parameters, other luck
    assert computed == [1, 1]


#: Code of the package that a history is made with and does not follow from: it checks, reads and counts.
BESIDE = {
    "common/engines.py", "common/errors.py", "common/files.py", "common/fingerprint.py", "common/keywords.py",
    "common/pure.py", "common/replaced.py", "common/values.py",
    "model/measures/registry.py", "model/measures/variables.py", "settings/policies.py",
}  # fmt: skip


def test_a_history_is_named_by_all_code_that_makes_it():
    package = Path(ls.__file__).parent
    called = set()

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(package):
            called.add(path.relative_to(package))

    sys.setprofile(note)
    try:
        history_on_record(WORLD, Parameters(), 1)
    finally:
        sys.setprofile(None)
    named = {package / name for name in conditioned.SOURCES}
    assert all(path.exists() for path in named)
    left = {path.as_posix() for path in called if not {package / path, package / path.parent} & named}
    assert Path("engine/guided.py") in called
    assert left <= BESIDE


def test_the_cache_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(conditioned, "_ON_DISK", 3)
    for cost in (1.0, 2.0, 3.0):
        history_on_record(WORLD, Parameters(switching_cost=cost), 2)
    assert len(list((tmp_path / "lockin_sim" / "histories").glob("*.npz"))) <= 3


def test_every_arm_of_a_study_meets_the_luck_of_the_studys_own_parameters(real_world):
    how = build_setup(2, world=real_world)
    measure = Measure(np.sum, (), {})
    arms = {("cheap",): Arm(ls.Scenario.none(), {"switching_cost": 0.5}, history=CONDITIONED)}
    arms[("dear",)] = Arm(ls.Scenario.none(), {"switching_cost": 6.0}, history=CONDITIONED)
    one, other = Trial(("arm",), arms, measure, how).cases
    assert one.history is other.history
    assert one.history.parameters == how.parameters


def test_chance_is_needed(real_world):
    with pytest.raises(ls.InputError, match=r"noise_scale: found 0; allowed: above 0 with history"):
        ls.simulate(history="conditioned", parameters={"noise_scale": 0.0}, runs=1, years=(2010, 2011))


def test_a_supplier_of_ones_own_beats_the_record():
    lot = int(np.flatnonzero(WORLD.on_record.holder[-1] >= 0)[0])
    year, slots = WORLD.present - 2, np.unique(WORLD.slot_vendor[WORLD.lots.domain[lot]] >= 0)
    slot = int((WORLD.on_record.holder[-1, lot] + 1) % max(2, len(slots)))
    world = with_takeovers(WORLD, Takeovers.of([(year, lot, slot)]))
    assert (world.contracts.held[world.contracts.held[:, 1] == lot, 0] <= year).all()
    assert (world.contracts.tenders[world.contracts.tenders[:, 1] == lot, 0] <= year).all()
    found = incumbents(world, history_on_record(world, Parameters(), RUNS))
    assert (found[:, year - FIRST, lot] == slot).all()
    np.testing.assert_array_equal(  # until then nothing changes
        found[:, : year - FIRST], incumbents(WORLD, history())[:, : year - FIRST]
    )


def with_offers_of(slot, year, lot, by):
    """The world in which the offers of a vendor are worth more in the economy of a lot in a year."""
    worth = WORLD.conditions.place_utility.copy()
    worth[year - FIRST, WORLD.lots.domain[lot], WORLD.lots.country[lot], slot] += by
    return dataclasses.replace(WORLD, conditions=dataclasses.replace(WORLD.conditions, place_utility=worth))


def test_who_won_on_record_wins_again_with_a_better_offer_and_may_lose_with_a_worse_one():
    went, kept = incumbents(WORLD, history()), {1.0: [], -3.0: []}
    tenders = WORLD.contracts.tenders
    for year, lot, _, slot in tenders[tenders[:, 0] <= WORLD.facts_until].tolist():
        met = went[:, year - FIRST, lot] == slot
        for by, found in kept.items():
            arm = incumbents(with_offers_of(slot, year, lot, by), history())
            np.testing.assert_array_equal(arm[:, : year - FIRST], went[:, : year - FIRST])
            found += (arm[:, year - FIRST, lot] == slot)[met].tolist()
    assert all(kept[1.0])
    assert 0 < sum(kept[-3.0]) < len(kept[-3.0])


# --- no bias ------------------------------------------------------------------------------------------


def recorded_by(world, incumbent):
    """The world whose record is what happened in a run, where and when the other has a record."""
    known, tenders = world.contracts.held.copy(), world.contracts.tenders.copy()
    for rows in (known, tenders):
        rows[:, -1] = incumbent[rows[:, 0] - FIRST, rows[:, 1]]
    contracts = Contracts(tenders, known[known[:, 2] >= 0], world.contracts.generation)
    return dataclasses.replace(world, contracts=contracts)


def test_luck_given_what_chance_brought_is_chance_again(monkeypatch):
    """A record that a run made, and that run's other luck: shocks of its tenders, drawn anew given who won
    them, are independent standard Gumbel, and the run goes as it went."""
    rng, shocks = np.random.default_rng(1), []

    def fresh(seen, luck, keys):
        return rng.gumbel(size=(len(luck.counter), 4)), rng.gumbel(size=(len(luck.counter), 1))

    monkeypatch.setattr(guiding, "operators_luck", fresh)
    for seed in range(12):
        numbers = np.full((1, len(WORLD.countries)), seed)
        none = Luck.of(1, len(WORLD.lots), [], WORLD.shape[2])
        past = History(numbers, np.array([seed]), seed=5, last=WORLD.present, luck=none)
        went = incumbents(WORLD, past, runs=1)[0]
        world = recorded_by(WORLD, went)
        found = guiding.simulate_guided(world, Parameters(), past, np.array([0]), evidence=False)
        shocks.append(found.luck.shock)
        again = incumbents(world, dataclasses.replace(past, luck=found.luck), runs=1)[0]
        np.testing.assert_array_equal(
            again[: len(WORLD.on_record.holder)], went[: len(WORLD.on_record.holder)]
        )
    pooled = np.concatenate(shocks)
    assert len(pooled) > 400
    for column in (pooled[:, :-1].ravel(), pooled[:, -1]):
        assert kstest(column, gumbel_r.cdf).pvalue > 0.001


def said_of(world, parameters, runs=1):
    """What guided runs of a world say of tastes."""
    numbers = np.zeros((runs, len(world.countries)), int)
    past = History(numbers, np.zeros(runs, int), seed=5, last=world.present)
    return guiding.simulate_guided(world, parameters, past, np.arange(runs), evidence=True).evidence


def by_hand(world, path, offers, operator):
    """Probability of the contracts of an operator under tastes of the first year and, where they drift, of
    each generation: the sum over all sequences of suppliers that they allow, each one a product of logits."""
    states = tastes.build_supplier_states(world)
    mine = np.flatnonzero(states.operator == operator)
    first = tastes.compute_first_offers(world)[mine[0]] + path[0]
    chance = np.exp(first - first.max())
    likely = {v: c for v, c in enumerate(chance / chance.sum()) if states.mains[mine[0], v]}
    if not sum(likely.values()):
        likely = {v: 1.0 / states.mains[mine[0]].sum() for v in np.flatnonzero(states.mains[mine[0]])}
    for state in mine[1:]:
        after = dict.fromkeys(np.flatnonzero(states.mains[state]).tolist(), 0.0)
        if np.isnan(offers[state]).any():
            whole, still = sum(likely.values()), {v: c for v, c in likely.items() if v in after and c > 0}
            total = sum(still.values())
            after |= {v: whole * c / total for v, c in still.items()}
            if not still:
                after = {v: whole / len(after) for v in after}
        else:
            taste = path[states.generation[state] + 1] if len(path) > 1 else path[0]
            for incumbent, probability in likely.items():
                worth = offers[state, incumbent] + np.append(taste, 0.0)
                odds = np.exp(worth - worth.max())
                for v in after:
                    after[v] += probability * odds[v] / odds.sum()
        likely = after
    return sum(likely.values())


@pytest.mark.parametrize("drifts", [False, True])
def test_an_operator_decides_once_a_generation_and_every_sequence_counts_that_the_record_allows(drifts):
    said, states = said_of(WORLD, Parameters()), tastes.build_supplier_states(WORLD)
    assert (np.bincount(states.operator) > 1).any()
    assert not np.isnan(said.offers[0][(states.step > 0) & states.decides]).all()
    some, vendors = find_recorded_operators(WORLD), said.offers.shape[2]
    generations = states.generation.max() + 1
    assert generations > 0
    taste = np.random.default_rng(1).normal(0, 1.5, (1 + drifts * generations, len(some), 3, vendors))
    odds = choice.odds(taste)
    found = tastes._compute_log_likelihood(WORLD, odds, odds[0], said.offers[0])
    for operator, k in np.ndindex(found.shape):
        expected = by_hand(WORLD, taste[:, operator, k], said.offers[0], operator)
        assert np.exp(found[operator, k]) == pytest.approx(expected, rel=1e-4)


def test_what_is_on_offer_to_the_supplier_there_is_what_the_run_itself_asks(monkeypatch):
    """Offers by who may be there are those of the run where it is the one that is."""
    seen = []
    own = guiding.Notes.take

    def take(self, batch, board, rows, asked, loans, view):
        own(self, batch, board, rows, asked, loans, view)
        state = self.at[board.step, rows.lot]
        for row in np.flatnonzero((state >= 0) & (rows.incumbent >= 0)):
            noted = self.offers[rows.run[row], state[row], rows.incumbent[row], :-1]
            taste = batch.lot_taste[rows.run[row], rows.lot[row]]
            scale = float(np.asarray(batch.parameters.noise_scale))
            if not np.isnan(noted).any():
                seen.append((noted, ((asked[row] - taste) / scale)[: len(noted)]))

    monkeypatch.setattr(guiding.Notes, "take", take)
    said_of(WORLD, Parameters())
    assert seen
    for noted, asked in seen:
        np.testing.assert_allclose(noted, asked)


@pytest.mark.parametrize("persistence", [1.0, 0.6])
def test_tastes_are_drawn_as_often_as_they_make_the_contracts(persistence):
    """Frequencies of candidates over runs with one record are their weights, also where tastes drift."""
    p = Parameters(taste_persistence=persistence)
    runs = np.arange(40)
    past = History(np.zeros((40, len(WORLD.countries)), int), np.zeros(40, int), seed=5, last=WORLD.present)
    one = said_of(WORLD, p)
    every = tastes.TasteEvidence(*(np.concatenate([column] * 40) for column in one))
    found = tastes.draw_operator_tastes(WORLD, p, past, runs, every)
    some = find_recorded_operators(WORLD)
    first_lot = np.unique(WORLD.lots.operator, return_index=True)[1][some]
    pool = Draws(5, np.arange(tastes.CANDIDATES))
    d = WORLD.lots.domain[first_lot]
    path = []
    for name in ("operator taste", "operator taste 0", "operator taste 1"):
        keys = pool.stream(name)[:, None, None] ^ WORLD.operator_keys[first_lot][:, None]
        shock = pool.normal(keys, WORLD.offer_keys[d])
        path += [persistence * path[-1] + np.sqrt(1 - persistence**2) * shock if path else shock]
    spread = p.taste_operator * WORLD.relative_taste[d][:, None]
    taste = (spread * np.array(path)).transpose(2, 1, 0, 3)[..., : one.offers.shape[2]]
    taste = taste + one.country[0, WORLD.lots.country[first_lot]][:, None, None]
    weight = [[by_hand(WORLD, of, one.offers[0], k) for of in each] for k, each in enumerate(taste)]
    upto = np.cumsum(weight, axis=1) / np.sum(weight, axis=1, keepdims=True)
    for k in range(len(some)):
        place = found[:, some[k]]
        low = np.where(place > 0, upto[k][place - 1], 0.0)  # where the uniform shocks of the choice were
        assert kstest(low + (upto[k][place] - low) / 2, "uniform").pvalue > 1e-4


@pytest.mark.slow
def test_effects_are_unbiased_given_the_runs_own_record_and_that_of_another():
    """Networks abroad without state loans, in the worlds of runs whose record each of them or another made:
    tastes and luck are drawn given it, and the mean effect is that of runs which made their own."""
    world, parameters = ls.load_world(), Parameters()
    d, groups = world.domains.index("mobile_network"), world.groups["abroad"]
    slots = np.flatnonzero(np.isin(np.append(world.vendors, "")[world.slot_vendor[d]], ["huawei", "zte"]))
    size = world.conditions.at(10).market_size[d] * groups[d]
    scenarios = [ls.load_scenario(name) for name in ("baseline", "no_state_finance")]

    def share(luck, run, base, scenario):
        batch = Batch(
            base, scenario, parameters, seed=1, runs=[run], years=(2010, 2020), record=frozenset(),
            history=luck,
        )  # fmt: skip
        went = [batch.state.incumbent[0].copy()]
        for year in range(2011, 2021):
            simulate_year(batch, year)
            went.append(batch.state.incumbent[0].copy())
        held = batch.state.installed[0, d] * size[:, None]
        return held[:, slots].sum() / held.sum(), np.stack([*went, *went[-1:] * 5])

    none = Luck.of(1, len(world.lots), [], world.shape[2])
    number = 24
    past = {
        run: dataclasses.replace(
            build_declared_history(np.array([run]), world), last=world.present, tastes=None
        )
        for run in range(number + 1)
    }
    until = dataclasses.replace(
        world, case=world.case._replace(years=world.case.years._replace(present=2020)),
        contracts=dataclasses.replace(
            world.contracts, **{
                name: rows[rows[:, 0] <= 2020]
                for name in ("tenders", "held") if (rows := getattr(world.contracts, name)) is not None
            }
        ),
    )  # fmt: skip
    own, records = [], {}
    for run in past:
        begun = dataclasses.replace(past[run], luck=none)
        (base, went), (arm, _) = (share(begun, run, until, scenario) for scenario in scenarios)
        own.append(base - arm)
        records[run] = recorded_by(until, went)
    for who in (0, 1):
        off = []
        for run in range(number):
            record = records[run + who]
            luck = ConditionedHistories.of(past[run], np.array([run]), parameters, record)[:]
            (base, _), (arm, _) = (share(luck, run, record, scenario) for scenario in scenarios)
            off.append(base - arm - own[run])
        error = np.std(off, ddof=1) / np.sqrt(number)
        assert abs(np.mean(off)) < 3 * error
        assert error < 0.003


@pytest.mark.slow
def test_the_present_is_as_recorded(real_world):
    """Of lots on record at most 2 % are not met in 2020, and none of them for want of luck: the state or the
    market rules the supplier out.  Economies recorded high and low differ as they do on record."""
    ds = ls.simulate(runs=8, seed=1, history=CONDITIONED, years=(2010, 2021), record=["incumbent"])
    d = real_world.domains.index("mobile_network")
    slots = real_world.slot_vendor[d].tolist()
    found = ds["incumbent"].sel(year=2020).values
    lots, holder = real_world.lots, real_world.on_record.holder[10]
    vendor = np.append(real_world.slot_vendor[d], -1)[holder]
    recorded = holder >= 0
    missed = (found != vendor) & recorded
    assert missed.sum() <= 0.02 * recorded.sum() * len(found)
    past = build_histories(CONDITIONED, world=real_world, runs=np.arange(8), parameters=Parameters())[:]
    unmet = guiding.simulate_guided(real_world, Parameters(), past, np.arange(8), evidence=False).unmet
    ruled_out = set(zip(unmet.run.tolist(), unmet.lot.tolist(), strict=True))
    assert {(run, lot) for run, lot in np.argwhere(missed).tolist()} <= ruled_out
    chinese = [slots.index(real_world.vendors.index(name)) for name in ("huawei", "zte")]

    def of_economies(flags):
        """Weighted mean over recorded lots of each economy."""
        country, weight = lots.country[recorded], lots.weight[recorded]
        total = np.bincount(country, weight * flags[recorded])[np.unique(country)]
        return total / np.bincount(country, weight)[np.unique(country)]

    simulated = of_economies(np.isin(found, real_world.slot_vendor[d, chinese]).mean(axis=0))
    known = of_economies(np.isin(holder, chinese))
    high, low = known >= 0.8, known <= 0.2
    gap, recorded_gap = (share[high].mean() - share[low].mean() for share in (simulated, known))
    assert gap > 0.9 * recorded_gap
