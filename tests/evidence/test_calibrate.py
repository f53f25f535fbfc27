"""The whole of a calibration, small; its folder; the same facts as in the hindcast."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.errors import InputError
from lockin_sim.evidence.calibrate import RECORD, YEARS, Wave, calibrate, restrict_to_fact_groups
from lockin_sim.evidence.hindcast import hindcast
from lockin_sim.record.questions import RunView, answer_questions
from lockin_sim.record.tables import load_network_shares
from lockin_sim.settings.ensemble import draw_run_parameters

#: Fits emulators of all facts twice, which takes a minute.
slow = pytest.mark.slow

pytest.importorskip("emcee", reason="comes with the extra analysis")

SMALL = {
    "only": ("switching_cost", "restriction_rate"),
    "waves": 2, "points": 20, "runs": 2, "draws": 6, "seed": 3, "workers": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration") / "posterior"
    return folder, calibrate(folder, **SMALL)


@slow
def test_draws_are_weighted_parameters(made):
    _, found = made
    assert found.sizes["draw"] == 6
    assert found["parameter"].values.tolist() == list(SMALL["only"])
    assert found["weight"].sum() == pytest.approx(1.0)
    assert 1 <= found.attrs["effective_draws"] <= 6
    np.testing.assert_allclose(np.diag(found["correlation"]), 1.0)
    assert (found["part_left"].values > 0).all()
    assert np.isfinite(found["model_off"]).all()
    assert (found["model_off"] > 0).all()


@slow
def test_the_folder_can_be_read_back_and_goes_on(made):
    folder, found = made
    assert {"draws.csv", "facts.csv", "parameters.csv", "learnt.png", "recorded.png", "manifest.json"} <= {
        p.name for p in folder.iterdir()
    }
    again = ls.open_results(folder)
    np.testing.assert_array_equal(again["parameter_value"], found["parameter_value"])
    resumed = calibrate(folder, **SMALL, resume=True)
    np.testing.assert_array_equal(resumed["weight"], found["weight"])


@slow
def test_runs_that_are_there_are_not_overwritten(made):
    with pytest.raises(InputError, match="resume"):
        calibrate(made[0], **SMALL)


@slow
def test_draws_can_be_validated_and_simulated(made):
    """Parameters of runs are those of the draws, as often as these weigh."""
    folder, found = made
    for posterior in (folder, found):
        drawn = draw_run_parameters(posterior, 4000, seed=1)
        for name in SMALL["only"]:
            expected = float(found["weight"] @ found["parameter_value"].sel(parameter=name))
            assert getattr(drawn, name).mean() == pytest.approx(expected, rel=0.01)


def simulated(runs):
    """The world with the places of the record, its facts, and runs that they can be asked of."""
    world, known = restrict_to_fact_groups(ls.load_world())
    return world, known, ls.simulate(world=world, runs=runs, seed=1, years=YEARS, record=RECORD)


def test_facts_are_those_of_the_hindcast():
    world, known, ds = simulated(runs=4)
    said = answer_questions(RunView(ds, world), tuple(fact.question for fact in known))
    found = dict(zip(known, said.mean(axis=0), strict=True))
    beside = hindcast(runs=4, seed=1, until=2024)
    shares = {
        (s.scope, s.year, s.source, s.vendor): s
        for s in beside.shares
        if s.measure == "sales" and s.segment != "card_transactions"  # another share of the same source
    }
    said = {
        fact.what: (fact, value)
        for fact, value in found.items()
        if "sold" in fact.subject or fact.subject == "cards"
    }
    compared = 0
    for (scope, year, source, vendor), one in shares.items():
        what = f"{vendor} in {scope}, {year} ({source})".replace("_", " ", what_is_named(vendor, scope))
        if what in said:
            fact, value = said[what]
            assert fact.recorded == pytest.approx(one.recorded)
            assert value == pytest.approx(one.simulated, abs=0.02)
            compared += 1
    assert compared > 50
    base = next(v for f, v in found.items() if f.what == "Chinese share in Africa, 2020")
    assert base == pytest.approx(beside["chinese_base_africa"].value, abs=1e-9)
    # contracts have a likelihood of their own: nothing that is counted from them stands beside it
    assert not [fact for fact in found if fact.question.kind in ("stays", "retention")]
    spread = next(v for f, v in found.items() if f.what.startswith("standard deviation"))
    # by contracts signed, which lead the equipment in use by the years of a swap
    assert spread == pytest.approx(beside["networks_spread"].value, abs=0.05)


def test_an_economy_without_networks_differs_from_no_other():
    """One run in some thousands has one; a fact that is no number would rule out nothing."""
    world, known, ds = simulated(runs=2)
    names = [fact.name for fact in known]
    mean = names.index("differences between economies: mean of Chinese shares, 2020")
    lots = ds["incumbent"]
    recorded = load_network_shares()
    one = next(c for c, fit in zip(recorded.countries, recorded.fit, strict=True) if fit)
    there = (lots["lot_country"] == one) & (lots["lot_domain"] == "mobile_network")
    empty = ds.assign(incumbent=lots.where(~(there & (ds["run"] == 0)), -1))
    questions = tuple(fact.question for fact in known)
    before, after = (answer_questions(RunView(of, world), questions) for of in (ds, empty))
    assert np.isfinite(after).all()
    assert after[0, mean] != before[0, mean]
    np.testing.assert_array_equal(after[1], before[1])
    with pytest.raises(InputError, match=r"spread: found no number in 1 of 2 runs"):
        Wave((known[mean]._replace(what="spread"),), np.zeros((1, 1)), np.array([[[0.1], [np.nan]]]))


def what_is_named(vendor, scope):
    """Underscores of a vendor and a scope, which are spoken as spaces; a source keeps its own."""
    return vendor.count("_") + scope.count("_")


@pytest.mark.parametrize("kept", ["report.html", "notes.txt"])
def test_what_others_keep_in_a_folder_is_not_touched(tmp_path, kept):
    (tmp_path / "manifest.json").write_text("mine")
    (tmp_path / kept).write_text("mine")
    with pytest.raises(InputError, match=f"holds {kept}"):
        calibrate(tmp_path, **SMALL)
    assert {p.read_text() for p in tmp_path.iterdir()} == {"mine"}
