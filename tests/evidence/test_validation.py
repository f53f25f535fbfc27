"""Is the record split as said, does nothing learned see whom it is asked about, are scores what they say?"""

import csv
import importlib
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.common.errors import InputError
from lockin_sim.common.indices import crps
from lockin_sim.evidence import restrictions, rivals, scores, validate
from lockin_sim.evidence.validate import TABLES, list_facts
from lockin_sim.record import ECONOMY, FITTED, YEAR, Fact, Question
from lockin_sim.record import facts as of
from lockin_sim.record.tables import load_recorded_stances, mask_unasked_rows
from lockin_sim.settings.ensemble import draw_run_parameters
from lockin_sim.world.held_out import STANCES, fitted_records, is_kept_aside
from lockin_sim.world.restrictions import stances
from lockin_sim.world.schema import records_of


@pytest.fixture(scope="module")
def known(real_world):
    return list_facts(real_world)


def fact(subject=of.BORROWS, recorded=1.0, place="KEN", **more):
    question = Question("lent_any", "", place, int(more.pop("year", 2020)))  # type: ignore[call-overload]
    return Fact(subject, question, recorded, str(more.pop("split", FITTED)), place, "")


# --- facts ---


def test_no_economy_kept_aside_counts_as_fitted(known):
    economies = [f for f in known if len(f.question.place) == 3 and f.question.place not in ("CHN", "USA")]
    aside = [f for f in economies if is_kept_aside(f.question.place)]
    assert aside
    assert not [f for f in aside if f.split == FITTED]
    assert {f.question.place for f in economies if is_kept_aside(f.question.place, STANCES)} > {
        f.question.place for f in aside
    }


def test_no_share_of_a_later_year_counts_as_fitted(known):
    stances = (of.BY_2023, of.RESTRICTING)  # the rule of restrictions was fitted to these
    late = [f for f in known if f.question.year > of.LAST_FITTED and f.subject not in stances]
    assert late
    assert {f.split for f in late} == {ECONOMY, YEAR}


def test_facts_are_those_recorded(known):
    at = {(f.subject, f.question.place, f.question.members, f.question.year): f.recorded for f in known}
    assert at[of.SALES["mobile_network"], "excluding_CHN", ("ericsson",), 2020] == 0.37
    assert at[of.FIRST, "DEU", ("huawei", "zte"), 2020] == 0.57
    assert {f.question.place for f in known if f.subject == of.SALES["smartphone"]} == {"world"}
    assert "Africa" in {f.question.place for f in known if f.subject == of.PLACES}
    assert at[of.LATER, "DEU", ("huawei", "zte"), 2022] == 0.59
    assert at[of.CHANGE, "DEU", ("huawei", "zte"), 2022] == pytest.approx(0.02)
    assert at[of.BY_2020, "AUS", (), 2020] == 1
    assert at[of.BY_2020, "DEU", (), 2020] == 0
    assert (of.BY_2020, "CHN", (), 2020) not in at


# --- what is learned ---


def test_a_logit_never_sees_the_economy_it_is_asked_about():
    """Its own outcome turned around changes no chance of it; those of others do."""
    rng = np.random.default_rng(1)
    names = [f"E{k}" for k in range(40)]
    x, known = rng.normal(size=(40, 2)), np.ones(40, dtype=bool)
    happened = rng.random(40) < 0.5
    turned = happened.copy()
    turned[7] = ~turned[7]
    before, after = (rivals.cross_validate_logit(x, y, names, known) for y in (happened, turned))
    assert after[7] == before[7]
    assert (after != before).sum() > 30


def test_who_casts_no_votes_in_the_un_is_not_taken_for_the_mean(real_world):
    """Of Taiwan, which restricts, a rival that knows votes alone says nothing; turned, it moves no other."""
    asked = [fact(of.BY_2020, recorded, name) for name, recorded in RESTRICTS.items()]
    turned = [f._replace(recorded=0.0) if f.question.place == "TWN" else f for f in asked]
    for one, other in zip(
        *(rivals.logit_forecasts(real_world, each, each) for each in (asked, turned)), strict=True
    ):
        places = [f.question.place for f in asked]
        assert np.isnan(one.said[places.index("TWN")])
        np.testing.assert_array_equal(one.said, other.said)
        assert np.isfinite(np.delete(one.said, places.index("TWN"))).all()


RESTRICTS = {
    "AUS": 1.0, "SWE": 1.0, "GBR": 1.0, "JPN": 1.0, "TWN": 1.0, "EST": 1.0,
    "DEU": 0.0, "BRA": 0.0, "ZAF": 0.0, "IDN": 0.0, "KEN": 0.0, "PAK": 0.0,
}  # fmt: skip


def test_a_ballot_without_an_ideal_point_is_not_forecast(monkeypatch):
    table = ls.records("cyber_votes")
    before = rivals.forecast_votes(table)["UN votes alone"]
    _, asked = rivals.load_contested_ballots(table)
    lacking = asked.iso3 == "BRA"
    points = rivals.look_up_ideal_points
    monkeypatch.setattr(
        rivals, "look_up_ideal_points", lambda given: np.where(given.iso3 == "BRA", np.nan, points(given))
    )
    after = rivals.forecast_votes(table)["UN votes alone"]
    assert np.isfinite(before).all()
    np.testing.assert_array_equal(np.isnan(after), lacking)


def test_a_rule_of_restrictions_never_sees_the_economy(real_world, monkeypatch):
    monkeypatch.setattr(rivals, "REPEATS", 1)
    monkeypatch.setattr(rivals, "FOLDS", 2)
    table = load_recorded_stances()
    names = table["iso3"][~mask_unasked_rows(real_world, table)][:24]
    record = restrictions.select_dated_stances(table, np.isin(table["iso3"], names))
    k = record.names.index("AUS")
    since = record.since.copy()
    since[k] = np.nan
    before, after = (
        rivals.cross_validate_hazard(real_world, record.names, (2020,), r)[2020]
        for r in (record, record._replace(since=since))
    )
    assert after[k] == before[k]
    assert np.abs(after - before).max() > 1e-3


def test_the_rule_fitted_to_development_rows_and_the_count_is_the_declared_one(real_world):
    table = stances(fitted_records("restrictions"), "CHN")
    record = restrictions.select_dated_stances(table, ~mask_unasked_rows(real_world, table))
    found = restrictions.fit_restriction_weights(
        restrictions.build_restriction_loss(real_world, record, members=True)
    )
    weights = dict(zip(restrictions.FITTED, found, strict=True))
    for name, value in weights.items():
        assert value == pytest.approx(getattr(ls.Parameters(), name), abs=0.05)


# --- rivals and scores ---


def test_persistence_is_the_last_figure_before():
    of_year = {2018: 0.2, 2019: 0.3, 2020: 0.5, 2021: 0.9}
    given = [fact(of.FIRST, share, year=year) for year, share in of_year.items()]
    made = rivals.persistence_forecast(given, given)
    np.testing.assert_allclose(made.said, [np.nan, 0.2, 0.3, 0.5])
    np.testing.assert_allclose(made.score, [np.nan, 0.1, 0.2, 0.4])


def test_climatology_is_what_others_have():
    shares = {"AUS": 0.1, "DEU": 0.3, "HUN": 0.8}
    given = [fact(of.FIRST, share, place=place) for place, share in shares.items()]
    made = rivals.climatology_forecast(given, given)
    np.testing.assert_allclose(made.said, [0.55, 0.45, 0.2])
    np.testing.assert_allclose(made.score[0], crps(np.array([0.3, 0.8]), np.array(0.1)))


@pytest.mark.parametrize(("shift", "verdict"), [(-0.2, "better"), (0.2, "worse"), (0.0, "equal")])
def test_verdicts(shift, verdict):
    noise = np.random.default_rng(3).normal(0, 0.1, 200)
    low, high, found = scores.judge_difference(shift + noise - noise.mean(), np.arange(200) // 4, seed=1)
    assert found == verdict
    assert low < shift < high


def test_few_clusters_say_nothing():
    assert scores.judge_difference(np.full(40, -0.5), np.arange(40) % 4, seed=1)[2] == "too few"


# --- intervals ---


def asked_and_answered(misses, spread=0.1):
    """Shares of a half by economy, and runs around what each is missed by."""
    runs = spread * np.array([-1.5, -0.5, 0.5, 1.5])
    asked = [fact(of.FIRST, 0.5, name) for name in misses]
    return asked, {k: 0.5 - miss + runs for k, miss in enumerate(misses.values())}


def test_misses_larger_than_the_spread_of_runs_widen_an_interval_and_smaller_ones_draw_it_in():
    sizes = {"large": 0.4, "small": 0.01}
    held = {}
    for word, size in sizes.items():
        asked, answers = asked_and_answered({f"E{k}": size * (-1) ** k for k in range(30)})
        made = rivals.create_empty_forecast("model", asked)
        ((ratio, left, more, aside),) = validate.enter_model_forecasts(made, asked, answers).values()
        variance = np.var(answers[0], ddof=1)
        assert left * variance + more == pytest.approx(ratio * variance)
        assert ratio * variance == pytest.approx(size**2, rel=0.1)
        assert (more > 0.1) if word == "large" else (left < 0.1)
        assert word == "large" or left < aside < 1  # facts kept aside are missed further
        held[word] = made.covered
    assert held["large"].all()
    assert held["small"].all()


def test_a_fact_kept_aside_teaches_nothing_and_a_fitted_one_nothing_of_itself():
    asked, answers = asked_and_answered({f"E{k}": 0.1 for k in range(8)} | {"fresh": 0.2, "odd": 0.1})
    asked[8] = asked[8]._replace(split=ECONOMY)
    odd = asked[9]
    before = validate.ModelErrors(asked, answers)
    fresh = validate.ModelErrors([*asked[:8], asked[8]._replace(recorded=9.0), odd], answers)
    turned = validate.ModelErrors([*asked[:9], odd._replace(recorded=9.0)], answers)
    assert fresh.all == before.all
    assert turned.without(odd) == before.without(odd)
    assert turned.without(asked[8]).more > 10 * before.without(asked[8]).more
    assert before.without(fact(of.LATER, 0.5, "E1")) is None
    assert before.without(asked[8]).left == before.aside[of.FIRST].left > before.all[of.FIRST].left


def planted(off, spread=0.05, economies=400):
    """Shares of economies that runs miss by a normal error, and answers of 40 runs."""
    rng = np.random.default_rng(5)
    means = 0.5 + rng.normal(0.0, off, economies)
    asked = [fact(of.FIRST, 0.5, f"E{k}") for k in range(economies)]
    runs = norm.ppf((np.arange(40) + 0.5) / 40, 0.0, spread)
    return asked, {k: mean + runs for k, mean in enumerate(means)}


@pytest.mark.parametrize(("off", "alone"), [(0.2, 0.32), (0.05, 0.9), (0.01, 1.0)])
def test_intervals_hold_nine_in_ten_of_a_planted_error_and_are_never_drawn_in(off, alone):
    """Runs know their own spread alone; the error beyond it is found, and none where there is none."""
    (held,) = validate.measure_interval_coverage(*planted(off))
    assert held.alone == pytest.approx(alone, abs=0.06)
    assert held.held == pytest.approx(max(alone, 0.9), abs=0.04)
    assert held.error == pytest.approx(np.sqrt(max(off**2 - 0.05**2, 0.0)), abs=0.02)
    assert (held.facts, held.clusters, held.holds) == (400, 400, alone < 0.95)


def test_an_interval_is_widened_by_what_others_teach():
    """The own record of an economy, however odd, leaves its error as it is and changes that of others."""
    asked, answers = planted(0.1, economies=8)
    odd = [asked[0]._replace(recorded=3.0), *asked[1:]]
    before, after = (validate.ModelErrors(facts, answers) for facts in (asked, odd))
    assert after.excess(odd[0]) == before.excess(asked[0])
    assert after.excess(odd[1]) > 10 * before.excess(asked[1])
    later, change = (asked[0]._replace(subject=subject) for subject in (of.LATER, of.CHANGE))
    assert before.excess(later) == before.excess(asked[0])  # no fact of 5G was fitted
    assert before.excess(change) == pytest.approx(0.6 * before.excess(asked[0]))
    assert np.isnan(before.excess(fact(of.SUPPLIERS)))


def test_what_runs_are_told_and_few_facts_are_not_counted():
    asked, answers = planted(0.1, economies=8)
    told = [each._replace(subject=of.LENT) for each in asked]
    assert validate.measure_interval_coverage(told, answers) == ()
    assert validate.measure_interval_coverage(asked, {k: answers[k] for k in range(5)}) == ()


# --- aims ---


def score(subject, split, forecast="model", **more):
    given = {"score": 0.1, "model": 0.1, "covered": 0.9, "miss": 0.01, "low": -0.05, "high": 0.03} | more
    return scores.Score(
        subject, split, forecast, facts=10, clusters=10, measure="CRPS", auc=np.nan, auc_error=np.nan,
        verdict="equal", **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "found", "holds"),
    [
        (score(of.PLACES, ECONOMY, miss=0.097, covered=0.9), 9.7, True),
        (score(of.PLACES, YEAR, miss=0.099), 9.9, False),
        (score(of.SALES["mobile_network"], YEAR, miss=0.039), 3.9, True),
        (score(of.SALES["mobile_network"], ECONOMY, miss=0.01), np.nan, False),
        (score(of.BORROWS, ECONOMY, score=0.206), 0.206, True),
        (score(of.BORROWS, ECONOMY, score=0.208), 0.208, False),
        (score(of.BY_2020, ECONOMY, rivals.UN, score=0.1, model=0.12), 0.12, True),
        (score(of.BY_2020, ECONOMY, rivals.UN, score=0.1, model=0.121), 0.121, False),
        (score(of.FIRST, ECONOMY, covered=0.97), 0.97, True),
        (score(of.FIRST, YEAR, covered=1.0), 1.0, False),
        (score(of.FIRST, YEAR, covered=0.79), 0.79, False),
    ],
)
def test_what_was_to_be_shown(row, found, holds):
    first = scores.evaluate_targets([row])[0]
    assert first.value == pytest.approx(found, nan_ok=True)
    assert first.holds == holds
    assert first.answer == ("no such facts" if np.isnan(found) else "yes" if holds else "no")


def test_facts_of_both_splits_count_together_and_fitted_ones_not():
    rows = [score(of.PLACES, ECONOMY, miss=0.1), score(of.PLACES, YEAR, miss=0.06)]
    (first, held) = scores.evaluate_targets([*rows, score(of.PLACES, FITTED, miss=0.5, covered=0.0)])
    assert first.value == pytest.approx(8.0)
    assert held.value == pytest.approx(0.9)
    assert "20 facts kept aside" in first.what


# --- draws ---


def test_parameters_are_drawn_where_none_are_given():
    found, held = draw_run_parameters(None, 8, 1), ls.open_results("bundled")["parameter_value"]
    assert set(np.asarray(found.switching_cost)) <= set(held.sel(parameter="switching_cost").values)
    assert found.runs == 8
    assert draw_run_parameters(ls.Parameters(), 8, 1) == ls.Parameters()


def test_a_file_of_ones_own_is_found_from_here_and_counts_once(tmp_path, monkeypatch):
    """Bundled tables are read beside it, and lie elsewhere."""
    row = rows_of("observations")
    (tmp_path / "mine.csv").write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(records_of("mine.csv", tuple(TABLES)).labels) == 1
    with pytest.raises(InputError, match=r"mine\.csv twice"):
        ls.validate(observations=["mine.csv", tmp_path / "mine.csv"], runs=8)


# --- the whole ---


def rows_of(name, **changed):
    """A row of a file of one's own; what it does not need is left out."""
    rows = {
        "observations": {
            "domain": "mobile_network", "scope": "ESP", "year": "2020", "period": "FY", "segment": "ran_4g",
            "vendor": "huawei", "share": "0.5", "measure": "base", "source": "my_notes", "status": "measured",
            "split": "held",
        },
        "networks_5g": {
            "iso3": "ESP", "share_4g_2020": "0.5", "share_5g_2022": "0.4",
        },
        "restrictions": {
            "iso3": "ESP", "year": "2022", "sponsor": "CHN", "kind": "ban", "source": "mine",
            "status": "read", "confidence": "high",
        },
        "surveillance": {
            "iso3": "ESP", "edition": "2022", "listed": "1", "chinese_vendor": "1", "companies": "2",
            "source": "mine",
        },
    }  # fmt: skip
    return rows[name] | changed


def own_file(path, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def read(path):
    """Facts as they were written, by subject."""
    with path.open(encoding="utf-8") as file:
        return {row["subject"]: row for row in csv.DictReader(file)}


def test_a_file_of_ones_own_is_scored_alone_and_resumes(tmp_path, capsys):
    region = rows_of("observations", scope="Latin_America")
    files = [
        own_file(tmp_path / "observations.csv", rows_of("observations"), region),
        own_file(tmp_path / "surveillance.csv", rows_of("surveillance")),
    ]
    command = ["validate", *(word for file in files for word in ("--observations", str(file)))]
    command += ["--runs", "8", "--workers", "1", "--store", str(tmp_path / "kept")]
    assert main([*command, "--out", str(tmp_path / "scored")]) == 0
    said = capsys.readouterr().out
    found = read(tmp_path / "scored" / "facts.csv")
    assert set(found) == {of.FIRST, of.WATCHED, of.REGIONS_IN_USE}
    assert {(row["place"], row["split"]) for row in found.values()} == {
        ("ESP", ECONOMY), ("Latin_America", ECONOMY)
    }  # fmt: skip
    assert 0 < float(found[of.WATCHED]["UN votes alone: said"]) < 1
    assert main([*command, "--resume"]) == 0
    rest = capsys.readouterr()
    assert "8 of them are done" in rest.err
    assert rest.out.strip() in said
    assert said.startswith("8 runs from seed 0; parameters: one draw of the bundled posterior")
    assert main([*command[:-2], "--declared"]) == 0
    assert capsys.readouterr().out.startswith("8 runs from seed 0; parameters: the declared values")
    assert main([*command[:-2], "--declared", "--posterior", "mine"]) == 2
    assert "--declared" in capsys.readouterr().err


def test_networks_and_orders_of_ones_own_are_facts_of_their_kinds(tmp_path):
    """Persistence of 5G is the share of 4G."""
    early = rows_of("restrictions", year="2020", kind="allowed")
    paths = [
        own_file(tmp_path / "mine.csv", rows_of("networks_5g")),
        own_file(tmp_path / "orders.csv", early, rows_of("restrictions")),
    ]
    found = ls.validate(observations=paths, runs=8)
    assert found.left_out is None
    found.write(tmp_path)
    found = read(tmp_path / "facts.csv")
    assert {of.FIRST, of.LATER, of.CHANGE, of.BY_2020, of.BY_2023, of.RESTRICTING} == set(found)
    later = found[of.LATER]
    assert float(later["persistence: said"]) == 0.5
    assert float(later["persistence: score"]) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (rows_of("observations", share="1.5"), "column share: found '1.5'; allowed: a number from 0 to 1"),
        (rows_of("observations", vendor="huawey"), "Did you mean 'huawei'"),
        ({"iso3": "ESP", "anything": "1"}, "found 'anything'"),
        (rows_of("observations") | {"shares": "1"}, "found 'shares'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(row, says, tmp_path):
    with pytest.raises(InputError, match=says):
        records_of(own_file(tmp_path / "mine.csv", row), tuple(TABLES))


def test_the_page_is_that_of_the_scores_kept(monkeypatch):
    root = Path(__file__).parents[2]
    monkeypatch.syspath_prepend(str(root / "tools"))
    text = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    assert importlib.import_module("make_validation").written(text) == text
