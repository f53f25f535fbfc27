"""Does every parameter and every setting of every lever move something, and nothing before its time?"""

from functools import cache

import numpy as np
import pytest
from properties.worlds import EVERYTHING

import lockin_sim as ls
from lockin_sim.model.measures import VARIABLES
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations

RUNS, SEED, YEARS = 1, 3, (2010, 2035)
#: Most of what moves does so early: the beginning of a run is the same whatever its horizon.
EARLY = (2010, 2015)


#: A change of this size in a share, price, utility or sum of money (USD bn) is a change one can see.
VISIBLE = 1e-3

#: Two settings of every lever and setting that must differ, with its target.
MOVES = {
    "export_finance.envelope": ("EU", 60.0),
    "export_finance.rate": ("EU", 0.0),
    "export_finance.tenor": ("EU", 40.0),
    "export_finance.grace": ("EU", 12.0),
    "export_finance.tied": ("EU", True),
    "state_support.share": ("huawei", 0.3),
    "state_support.scale": ("huawei", 0.0),
    "purchase_subsidy.share": ("huawei", 0.5),
    "purchase_subsidy.where": ("huawei", "Africa"),
    "local_partner.stake": ("huawei", 0.8),
    "local_partner.where": ("huawei", "Africa"),
    "presence.utility": ("huawei", -2.0),
    "presence.where": ("huawei", "Africa"),
    "service.mode": ("huawei", "closed"),
    "service.where": ("huawei", "Africa"),
    "training.drift": ("CHN", 0.2),
    "training.where": ("CHN", "Africa"),
    "adoption.rate": ("eu_rules", 0.5),
    "salience.factor": ("CHN", 0.0),
    "industrial_policy.quality": ("ericsson", 1.0),
    "industrial_policy.cost": ("ericsson", 0.7),
    "industrial_policy.phase_in": ("ericsson", 10.0),
    "generation_lead.years": ("huawei", 4.0),
    "generation_lead.worth": ("huawei", 3.0),
    "standards_effort.effort": ("CHN", 5.0),
    "standards_effort.push": ("CHN", 5.0),
    "standards_effort.body": ("CHN", "WIC"),
    "elected_office.weight": ("CHN", 1.0),
    "elected_office.body": ("CHN", "ITU"),
    "standards_agreement.family": ("EU", "cn2035"),
    "standards_agreement.fine": ("EU", 0.5),
    "venue.leaves": ("data_governance", "WIC"),
    "venue.enters": ("cloud", "WIC"),
    "decoupling.compatibility": ("CHN", 0.0),
    "alliance_pressure.pressure": ("EU", 1.0),
    "alliance_pressure.on": ("EU", "USA"),
    "restriction.mode": ("EU", "coordinated"),
    "restriction.on": ("EU", "USA"),
    "restriction.forced_replacement": ("EU", 3.0),
    "interoperability.openness": ("mobile_network", 1.0),
    "diversification.share_cap": ("EU", 0.3),
    "data_protection.cost": ("EU", 1.0),
    "data_protection.rules": ("EU", "CHN"),
    "data_localisation.mode": ("EU", "closed"),
    "data_localisation.on": ("EU", "USA"),
}
#: What else a lever needs for the setting in question to matter.
BESIDE = {
    "standards_effort.body": {"effort": 5.0},
    "elected_office.body": {"weight": 1.0},
    "standards_agreement.fine": {"family": "cn2035"},
    "local_partner.where": {"stake": 0.8},
    "purchase_subsidy.where": {"share": 0.5},
    "presence.where": {"utility": -2.0},
    "service.where": {"mode": "closed"},
    "training.where": {"drift": 0.2},
    "data_protection.rules": {"cost": 1.0},
    "data_localisation.mode": {"on": "CHN"},
    "data_localisation.on": {"mode": "closed"},
    "industrial_policy.phase_in": {"quality": 2.0},
    "generation_lead.worth": {"years": 4.0},
    "alliance_pressure.pressure": {"on": "CHN"},
    "alliance_pressure.on": {"pressure": 1.0},
    "restriction.mode": {"on": "CHN"},
    "restriction.on": {"mode": "coordinated"},
    "restriction.forced_replacement": {"mode": "coordinated", "on": "CHN"},
}
#: Every lever at settings that change nothing.
NEUTRAL = {
    "export_finance": ("KOR", {"rate": 0.015, "tenor": 25.0, "grace": 7.0, "tied": True}),
    "state_support": ("huawei", {"share": 0.0, "scale": 1.0}),
    "local_partner": ("huawei", {"stake": 0.0, "where": "world"}),
    "purchase_subsidy": ("huawei", {"share": 0.0, "where": "world"}),
    "presence": ("huawei", {"utility": 0.0, "where": "world"}),
    "service": ("huawei", {"mode": "recorded", "where": "world"}),
    "training": ("CHN", {"drift": 0.0, "where": "world"}),
    "adoption": ("china_rules", {"rate": 0.0}),  # the rate of the EU's rules grows
    "salience": ("CHN", {"factor": 1.0}),
    "industrial_policy": ("ericsson", {"quality": 0.0, "cost": 1.0, "phase_in": 0.0}),
    "generation_lead": ("huawei", {"years": 0.0, "worth": 1.0}),
    "standards_effort": ("CHN", {"effort": 1.0, "push": 1.0, "body": "ITU"}),
    "elected_office": ("CHN", {"weight": 0.0, "body": "ITU"}),
    "standards_agreement": ("CHN", {"family": "cn2035", "fine": 0.0}),
    "venue": ("mobile_network", {"leaves": "WIC", "enters": "ITU"}),
    "decoupling": ("CHN", {"compatibility": 1.0}),
    "alliance_pressure": ("EU", {"on": "CHN", "pressure": 0.0}),
    "restriction": ("EU", {"on": "CHN", "mode": "national", "forced_replacement": 0.0}),
    "interoperability": ("mobile_network", {"openness": 0.0}),
    "diversification": ("EU", {"share_cap": 1.0}),
    "data_protection": ("EU", {"rules": "EU", "cost": 0.0}),
    "data_localisation": ("EU", {"on": "CHN", "mode": "recorded"}),
}
#: Levers that set a condition instead of adding to it: what is recorded for the targets of ``MOVES``.  A use
#: that leaves one setting out must leave what another use made of it.
RECORDED = {
    "export_finance": {"rate": 0.011, "tenor": 28.0, "grace": 7.0, "tied": False},
    "venue": {"leaves": "ICANN", "enters": "ITU"},
}


BASELINE = ls.load_scenario("baseline")


@cache
def simulated():
    """The baseline."""
    return ls.simulate(runs=RUNS, seed=SEED, years=YEARS, record=EVERYTHING, history="prior")


def moves(one, other, **parameters):
    """Whether a scenario with parameters visibly differs from another without, early or later."""
    for years in (EARLY, YEARS):
        how = {"runs": RUNS, "seed": SEED, "years": years, "history": "prior"}
        changed = ls.simulate(one, parameters=parameters, **how)
        plain = simulated().sel(year=slice(*years)) if other == BASELINE else ls.simulate(other, **how)
        if largest_change(changed, plain) > VISIBLE:
            return True
    return False


def largest_change(one, other):
    """The largest change of any always-recorded variable; a value on one side only counts as 1."""
    changes = []
    for name, variable in VARIABLES.items():
        if variable.always:
            a, b = one[name].values, other[name].values
            only_one = (np.isnan(a) != np.isnan(b)).any()
            changes.append(max(float(np.nanmax(np.abs(a - b), initial=0.0)), float(only_one)))
    return max(changes)


def assert_same_until(year, found):
    """Everything is, bit for bit, that of the baseline up to a year."""
    for name in found.data_vars:
        until = {"year": slice(year)} if "year" in found[name].dims else {}
        np.testing.assert_array_equal(
            found[name].sel(until).values, simulated()[name].sel(until).values, err_msg=str(name)
        )


def ends(name):
    """Ends of a parameter's range, the one farther from the default first."""
    declared = collect_declarations()[name]
    return sorted(declared.range, key=lambda end: -abs(end - declared.default))


#: Parameters of what is off unless another one is set: how often states prescribe families.
OF_REGULATORS = [
    name
    for name in collect_declarations()
    if name.startswith(("regulation_", "withdrawal_")) and name != "regulation_rate"
]


#: Parameters of loans on record, of which a past of any kind has none.
OF_LOANS = ("loan_early", "loan_wait")


@pytest.mark.parametrize(
    "name",
    [name for name in collect_declarations() if name not in (*OF_REGULATORS, *OF_LOANS, "effort_returns")],
)
def test_every_parameter_visibly_moves_some_outcome(name):
    """At one end of its range at least: who passes anyway passes no more often."""
    assert any(moves(BASELINE, BASELINE, **{name: end}) for end in ends(name))


def test_the_returns_of_effort_visibly_move_some_outcome_where_somebody_works_harder():
    harder = BASELINE.with_lever("standards_effort", "CHN", from_=2012, effort=5.0)
    assert moves(harder, harder, effort_returns=0.0)


@pytest.mark.parametrize("name", OF_LOANS)
def test_every_parameter_of_loans_on_record_visibly_moves_some_outcome(name):
    how = {"runs": RUNS, "seed": SEED, "years": EARLY, "history": "conditioned"}
    low, high = collect_declarations()[name].range
    one, other = (ls.simulate(BASELINE, parameters={name: end}, **how) for end in (low, high))
    assert largest_change(one, other) > VISIBLE


@pytest.mark.parametrize("name", OF_REGULATORS)
def test_every_parameter_of_regulators_visibly_moves_some_outcome(name):
    """What states prescribe is withdrawn seldom: at a pace and a threshold above those of the range."""
    how = {"runs": RUNS, "seed": SEED, "years": YEARS}
    on = {"regulation_rate": 0.3, "withdrawal_rate": 0.5, "withdrawal_threshold": 0.2}
    low, high = collect_declarations()[name].range
    one, other = (ls.simulate(BASELINE, parameters=on | {name: end}, **how) for end in (low, high))
    assert largest_change(one, other) > VISIBLE


def assert_same_conditions(one, other, world):
    one, other = (each.conditions(world, YEARS).arrays() for each in (one, other))
    for field, values in one.items():
        np.testing.assert_array_equal(values, other[field], err_msg=field)


def test_where_states_prescribe_nothing_no_pull_on_them_changes_a_bit():
    pulls = {name: ends(name)[0] for name in OF_REGULATORS}
    off = ls.simulate(BASELINE, runs=RUNS, seed=SEED, years=EARLY, parameters=pulls, record=EVERYTHING)
    assert_same_until(EARLY[1], off)


def test_every_setting_of_every_lever_is_tried():
    assert set(MOVES) == {
        f"{lever}.{setting}" for lever, known in LEVERS.items() for setting in known.settings
    }
    assert set(NEUTRAL) == set(LEVERS)


@pytest.mark.parametrize("key", MOVES)
def test_every_setting_of_every_lever_visibly_moves_some_outcome(key):
    name, setting = key.split(".")
    target, value = MOVES[key]
    beside = BESIDE.get(key, {})
    without = BASELINE.with_lever(name, target, from_=2012, **beside) if beside else BASELINE
    with_it = BASELINE.with_lever(name, target, from_=2012, **(beside | {setting: value}))
    assert moves(with_it, without)


@pytest.mark.parametrize("lever", NEUTRAL)
def test_a_lever_at_its_neutral_setting_changes_no_bit(lever, real_world):
    """Of the conditions, which are all that engines see of it."""
    target, settings = NEUTRAL[lever]
    assert set(settings) | {"envelope"} >= set(LEVERS[lever].settings)
    scenario = BASELINE.with_lever(lever, target, from_=2010, **settings)
    assert_same_conditions(BASELINE, scenario, real_world)


@pytest.mark.filterwarnings("ignore:.* is neutral and leaves .*:UserWarning")  # and this is just what it does
@pytest.mark.parametrize("key", [key for key in MOVES if key != "adoption.rate"])  # it sets but one thing
def test_a_neutral_lever_on_top_of_another_changes_no_bit_of_what_that_one_did(key, real_world):
    """A neutral use of a lever adds nothing, or sets what is so already, whatever another use has set."""
    name, setting = key.split(".")
    target, value = MOVES[key]
    moved = BASELINE.with_lever(name, target, from_=2012, **(BESIDE.get(key, {}) | {setting: value}))
    neutral = NEUTRAL[name][1]
    if name in RECORDED:
        neutral = {other: same for other, same in RECORDED[name].items() if other != setting}
    assert_same_conditions(moved, moved.with_lever(name, target, from_=2012, **neutral), real_world)


@pytest.mark.parametrize("kind", sorted({lever.target for lever in LEVERS.values()}))
def test_levers_that_start_in_2025_change_nothing_before(kind):
    """All that act on the same kind of target at once."""
    scenario = BASELINE
    for key, (target, value) in MOVES.items():
        name, setting = key.split(".")
        if LEVERS[name].target == kind:
            settings = BESIDE.get(key, {}) | {setting: value}
            scenario = scenario.with_lever(name, target, from_=2025, **settings)
    how = {"runs": RUNS, "seed": SEED, "years": (2010, 2026), "history": "prior"}
    later = ls.simulate(scenario, record=EVERYTHING, **how)
    assert_same_until(2024, later)
    assert largest_change(later, simulated().sel(year=slice(2026))) > VISIBLE


#: What these change goes on: who was trained keeps what it learned, and a phase that has begun its way.
LASTING = ("training", "industrial_policy")


@pytest.mark.parametrize("key", MOVES)
def test_a_lever_touches_only_its_targets_and_its_years(key, real_world):
    """Of everything that is given from outside, only the rows of the targets change."""
    name, setting = key.split(".")
    target, value = MOVES[key]
    use = {"from_": 2025, "to": 2030} | BESIDE.get(key, {}) | {setting: value}
    plain, touched = (
        each.conditions(real_world, YEARS).arrays()
        for each in (BASELINE, BASELINE.with_lever(name, target, **use))
    )
    members = np.flatnonzero(real_world.groups["EU"].any(axis=0))
    allowed = {
        "sponsor": lambda a: _of_sponsor(a, real_world, target),
        "domain": lambda a: _axis(a, real_world.domains.index(target), len(real_world.domains)),
        "country": lambda a: _axis(a, members, len(real_world.countries)),
        "vendor": lambda a: _of_vendor(a, real_world, target),
    }[LEVERS[name].target]
    changed = {field: before != touched[field] for field, before in plain.items()}
    for field, cells in changed.items():
        if cells.any():
            assert not (cells & ~allowed(plain[field])).any(), field
            assert not cells[[year - 2010 for year in (2024, 2031)]].any() or name in LASTING, field
    assert any(map(np.any, changed.values())) or value == LEVERS[name].settings[setting].low


def _of_sponsor(array, world, sponsor):
    """True for a sponsor, or for its lenders."""
    place, lenders = world.sponsors.index(sponsor), len(world.lenders.names)
    if array.ndim == 2 and array.shape[1] == lenders:
        return _axis(array, np.flatnonzero(world.lenders.sponsor == place), lenders)
    return _axis(array, place, len(world.sponsors))


def _of_vendor(array, world, vendor):
    """True for the offers of a vendor, everywhere."""
    own = world.slot_vendor == world.vendors.index(vendor)
    return np.broadcast_to(own if array.ndim == 3 else own[:, None], array.shape)


def _axis(array, positions, size):
    """True at some positions of any axis of that length behind the year."""
    axes = [axis for axis in range(1, array.ndim) if array.shape[axis] == size]
    assert axes
    mask = np.zeros(array.shape, dtype=bool)
    for axis in axes:
        np.moveaxis(mask, axis, 0)[positions] = True
    return mask
