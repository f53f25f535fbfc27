"""The trial of lock-in: the same runs as in ``simulate``, what is not asked and why, and what is refused."""

import csv
import dataclasses
import re
import shlex

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.cli.program import main
from lockin_sim.common.draws import Draws, label_keys
from lockin_sim.common.errors import InputError
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.model.scripted_contracts import Handovers, Takeovers, with_handovers, with_takeovers
from lockin_sim.pages import lock_in_page as trial_page
from lockin_sim.pages.lock_in_page import LockInTrial
from lockin_sim.studies.lock_in_trial import CAUSES
from tests.worlds import rich_world

RICH = dataclasses.replace(rich_world(3, vendors=11, sponsors=7), name="rich")  # compiled code serves them
YEAR, LAST = 2013, 2020
OWN = {"switching_cost": 2.0, "contract_end_rate": 0.3, "taste_operator": 0.5, "network_weight": 0.7}
HOW = {
    "world": RICH, "domain": "radio", "parameters": OWN, "year": YEAR, "after": (2, 5), "runs": 3, "seed": 5,
    "years": (2010, LAST), "workers": 1, "progress": False, "baseline": ls.Scenario.none(),
}  # fmt: skip


def vendors_of(world, domain):
    """Two vendors of different sponsors that are on sale everywhere in the year, and their slots."""
    d = world.domains.index(domain)
    step = YEAR - world.first_year
    now = world.conditions.at(min(step, len(world.conditions.years) - 1))
    sold = world.offered(YEAR, now.served, now.barrier)[d]
    slots = np.argsort(-sold.sum(axis=0), kind="stable")
    sponsor = world.slot_sponsor[d]
    one = int(slots[0])
    other = next(int(s) for s in slots if sponsor[s] != sponsor[one])
    return d, (one, other), [world.vendors[world.slot_vendor[d, s]] for s in (one, other)]


D, SLOTS, VENDORS = vendors_of(RICH, "radio")


def lock_in(places, **how):
    return ls.lock_in(places, **{"vendors": VENDORS, **HOW, **how})


def asked(ds):
    """Economies that are tossed in all draws."""
    return [str(c) for c in ds.economy.values[ds.asked.values == 1]]


@pytest.fixture(scope="module")
def everywhere():
    return lock_in(["world"], without=("nothing", "switching_cost"))


def simulated(slot, off, engine, runs):
    """The part of the first vendor's sponsor by economy, years after the coin, if lots go to some slots.

    slot  (run, lot of the layer)
    """
    lots = np.flatnonzero(RICH.lots.domain == D)
    chosen = np.flatnonzero((slot >= 0).all(axis=0))
    world = with_takeovers(RICH, Takeovers(np.full(len(chosen), YEAR), lots[chosen], slot[:, chosen]))
    usual = ls.Parameters(**OWN)
    values = OWN | {name: {2010: getattr(usual, name), YEAR + 1: value} for name, value in off.items()}
    return part_of(world, "radio", D, SLOTS[0], values, engine, runs)


def part_of(world, domain, d, slot, values, engine, runs):
    """The part of a vendor's sponsor by economy, years after the coin.  (run, year, country)"""
    ds = ls.simulate(
        ls.Scenario.none(), world=world, parameters=values, runs=runs, seed=HOW["seed"], years=HOW["years"],
        record=["installed"], engine=engine, progress=False,
    )  # fmt: skip
    installed = ds.installed.sel(domain=domain).transpose("run", "year", "country", "vendor")
    base, sponsor = np.nan_to_num(installed.values), RICH.slot_sponsor[d]
    theirs = [RICH.vendors[v] for s, v in enumerate(RICH.slot_vendor[d]) if sponsor[s] == sponsor[slot]]
    part = base[..., [RICH.vendors.index(v) for v in theirs]].sum(axis=-1)
    return (part / np.fmax(base.sum(axis=-1), 1e-12))[:, [YEAR - 2010 + lag for lag in HOW["after"]]]


@pytest.mark.parametrize(
    ("engine", "without"), [("core", "nothing"), ("mesa", "switching_cost"), ("core", "others")]
)
def test_an_economy_by_itself_is_the_difference_of_two_simulations(everywhere, engine, without):
    """Lots are taken over, and parameters by year switch a cause off; the compiled engine is asked below."""
    place, runs = asked(everywhere)[0], 1
    country = RICH.lots.country[RICH.lots.domain == D]
    mine = country == RICH.countries.index(place)
    parts = [
        simulated(np.where(mine, slot, -1)[None].repeat(runs, 0), CAUSES[without].settings, engine, runs)
        for slot in SLOTS
    ]
    expected = 100 * (parts[0] - parts[1])[:, :, RICH.countries.index(place)].mean(axis=0)
    ds = lock_in(place, without=without, runs=runs)
    np.testing.assert_allclose(ds.left.values[0, 0], expected, atol=1e-7)


@pytest.mark.parametrize("engine", ["core", "fast", "mesa"])
@pytest.mark.parametrize(
    ("domain", "in_place", "alone"), [("phones", "users", "flow"), ("cables", "landings", "lifetime")]
)
def test_what_users_have_and_what_has_landed_is_handed_over(engine, domain, in_place, alone):
    """As lots are, by all engines; a flow of purchases or a lifetime takes the place of contracts."""
    d, slots, vendors = vendors_of(RICH, domain)
    with ls.running(engine="core" if engine == "mesa" else engine):
        how = {"domain": domain, "vendors": vendors, "runs": 1, "without": ("nothing", "all")}
        place = asked(lock_in("world", **how))[0]
        ds = lock_in(place, **how)
    country = RICH.countries.index(place)
    parts = []
    for slot in slots:
        rows = (np.array([row]) for row in (YEAR, d, country))
        world = with_handovers(RICH, Handovers(*rows, np.array([[slot]])))
        parts.append(part_of(world, domain, d, slots[0], OWN, engine, 1)[0, :, country])
    np.testing.assert_allclose(
        ds.left.sel(without="nothing").values[0], 100 * (parts[0] - parts[1]), atol=1e-7
    )
    assert ds.attrs["in_place"] == in_place
    assert alone in ds.without_label.sel(without="all").item()


def test_economies_that_are_tossed_together_have_coins_of_their_own_in_each_run(everywhere):
    runs = HOW["runs"]
    free = np.array([RICH.countries.index(c) for c in everywhere.economy.values[everywhere.why_not == ""]])
    draws = Draws(HOW["seed"], np.arange(runs))
    coins = draws.uniform(draws.of_country("coin"), label_keys(RICH.countries)) < 0.5
    assert 0 < coins.mean() < 1
    assert (coins != coins[:1]).any()
    country = RICH.lots.country[RICH.lots.domain == D]
    given = [
        np.where(np.isin(country, free), np.where(side[:, country], *SLOTS), -1) for side in (coins, ~coins)
    ]
    heads, tails = (simulated(slot, {}, "core", runs) for slot in given)
    effect = np.where(coins[:, None], heads - tails, tails - heads)[:, :, free]
    size = RICH.conditions.of("market_size", np.array([YEAR]))[0, D, free]
    expected = 100 * (effect * size).sum(axis=-1) / size.sum()
    np.testing.assert_allclose(everywhere.left.values[0, 0], expected.mean(axis=0), atol=1e-7)


def test_engines_and_chunks_give_the_same_trial(everywhere):
    how = {"places": ["world"], "without": ("nothing", "switching_cost")}
    with ls.running(engine="fast"):
        fast = lock_in(**how)
    small = lock_in(chunk=1, **how)
    for name in everywhere.data_vars:
        np.testing.assert_allclose(fast[name], everywhere[name], atol=1e-7)
        np.testing.assert_array_equal(small[name], everywhere[name])


def test_runs_that_share_a_draw_do_not_count_as_several():
    """The interval is that of the mean over draws: repeating them makes it no narrower than they allow."""
    draws = xr.Dataset(
        {"parameter_value": (("parameter", "draw"), [[0.0, 0.0, 8.0, 8.0]]), "weight": ("draw", np.ones(4))},
        coords={"parameter": ["switching_cost"]},
    )
    own = {name: value for name, value in OWN.items() if name != "switching_cost"}
    how = {"parameters": own, "posterior": draws, "without": "nothing", "after": (5,), "runs": 64}
    ds = lock_in("world", **how)
    apart = [lock_in("world", **how | {"posterior": draws.isel(draw=[k])}).left.item() for k in (0, 2)]
    between = abs(apart[1] - apart[0]) / np.sqrt(3)  # spread of four draws, two of each, over their root
    width = (ds.left_high - ds.left_low).item()
    assert width > between
    assert ds.attrs["draws"] == 64
    assert ds.attrs["parameters_drawn"] == 1


def test_contracts_of_one_year_leave_less_than_running_contracts_and_tastes_take_something_back(everywhere):
    ds = lock_in("world", without=("nothing", "contracts", "all"), after=(1, 5), runs=8)
    left = ds.left.sel(place="world")
    assert float(left.sel(without="contracts", after=5)) < float(left.sel(without="nothing", after=5))
    assert ds.half_life.sel(without="all") < ds.half_life.sel(without="nothing")


def test_what_is_not_asked_is_said_with_its_reason():
    ds = ls.lock_in(
        ["KEN", "Africa", "world"], year=2012, after=(1,), runs=2, without="nothing", workers=1,
        progress=False, years=(2010, 2014),
    )  # fmt: skip
    why = {str(c): str(w) for c, w in zip(ds.economy.values, ds.why_not.values, strict=True) if w}
    assert why["CHN"] == "Huawei is at home there"
    assert why["SWE"] == "Ericsson is at home there"
    assert "KEN" not in why
    assert np.all(ds.asked.values[[w != "" for w in ds.why_not.values]] < 1)
    assert np.all(ds.asked.values[ds.why_not.values == ""] == 1)
    assert str(ds.place_record.sel(place="KEN").item()).startswith("recorded (")


def test_a_vendor_that_has_not_entered_yet_cannot_be_given_anything():
    with pytest.raises(InputError, match=r"place: found 'KEN'.*does not sell there in 2012"):
        ls.lock_in("KEN", year=2012, vendors=("huawei", "mavenir"), after=(1,), runs=1)


@pytest.mark.slow
def test_tossing_economies_together_hardly_differs_from_tossing_them_one_at_a_time():
    """What others' coins do to an economy is a few points, in the mean over economies."""
    codes = ["KEN", "NGA", "ETH", "ZAF", "GHA", "TZA", "SEN", "EGY"]
    world = ls.load_world().with_group("some", codes)
    how = {"world": world, "without": ("nothing",), "runs": 32, "progress": False}
    together = ls.lock_in(["some", "Africa"], **how)
    alone = ls.lock_in(codes, **how)
    d, c = world.domains.index("mobile_network"), [world.countries.index(code) for code in codes]
    size = xr.DataArray(world.conditions.of("market_size", np.array([2025]))[0, d, c], dims="place")
    one_by_one = (alone.left * size).sum("place") / size.sum()
    assert float(np.abs(together.left.sel(place="some") - one_by_one).max()) < 6.0


def test_a_stopped_trial_goes_on_from_its_store(everywhere, tmp_path, monkeypatch):
    how = {"without": ("nothing", "switching_cost"), "chunk": 1}
    with ls.running(store=tmp_path / "runs"):
        stored = lock_in(["world"], **how)
    monkeypatch.setattr("lockin_sim.studies.random_assignment.RandomAssignmentJob.compute", None)
    with ls.running(store=tmp_path / "runs", resume=True):
        again = lock_in(["world"], **how)
    for name in everywhere.data_vars:
        np.testing.assert_array_equal(stored[name], everywhere[name])
        np.testing.assert_array_equal(again[name], everywhere[name])


def test_an_economy_that_restricts_a_vendor_in_every_draw_is_not_asked():
    """By what states do in the runs, where no order is on record: the dataset says so, and the page."""
    banning = {"restriction_rate": 1.0, "restriction_intercept": 50.0}
    sensitive = dataclasses.replace(RICH, sensitive=np.ones_like(RICH.sensitive))
    ds = lock_in("world", world=sensitive, parameters=OWN | banning, without="nothing", after=(2,))
    out = ds.sel(economy=ds.asked == 0)
    ruled = [str(why) for why in out.why_not.values if why.endswith("in every draw")]
    assert ruled
    assert all(why.startswith("the state restricts") for why in ruled)


# --- the page ---


@pytest.fixture(scope="module")
def small():
    """A trial of an economy and a group, and the exit plan that stands beside it."""
    trial = ls.lock_in(
        ["Kenya", "Africa"], after=(2, 10), runs=4, year=2013, years=(2010, 2024), progress=False
    )
    how = {"leaving": "huawei", "year": 2014, "policies": [], "runs": 4, "progress": False}
    return trial, {"KEN": ls.exit_plan("KEN", **how)}


def test_the_page_holds_every_number_and_who_was_not_asked(small, tmp_path):
    trial, plans = small
    text = trial_page.write_trial_page(trial, plans, tmp_path / "out").read_text(encoding="utf-8")
    for name in ("Kenya", "Africa, all at once", "recorded (", "What leaving Huawei costs"):
        assert name in text
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", re.sub(r"base64,[^\"]*", "", text))
    rows = list(csv.DictReader((tmp_path / "out" / "lock_in.csv").read_text("utf-8").splitlines()))
    assert len(rows) == trial.left.size
    again = read_dataset(tmp_path / "out" / "lock_in.nc")
    for name in ("left", "half_life", "why_not"):
        np.testing.assert_array_equal(again[name], trial[name])


def test_the_command_on_the_page_makes_the_same_trial(small, tmp_path, monkeypatch, capsys):
    trial, _ = small
    one = trial.sel(place=["KEN"])
    words = shlex.split(trial_page.build_trial_command(LockInTrial(one)))
    monkeypatch.chdir(tmp_path)
    assert main([*words[1:], "--years", "2010-2024", "--out", "again", "--quiet"]) == 0
    again = read_dataset(tmp_path / "again" / "lock_in.nc")
    np.testing.assert_array_equal(again.left.sel(place="KEN"), trial.left.sel(place="KEN"))
    assert "The page is again" in capsys.readouterr().out
