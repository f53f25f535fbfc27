"""No row that was recalled enters a likelihood, a fit, a target or a score: absurd ones change nothing."""

import csv
import shutil

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.evidence.borrowers import estimate_borrowers
from lockin_sim.evidence.calibrate import Simulator
from lockin_sim.evidence.left_out import keep_read_contracts
from lockin_sim.evidence.likelihood import (
    ALL,
    READ,
    combine_log_likelihoods,
    compute_contracts_at,
    select_contract_rows,
)
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world.schema import DATA, read_table
from lockin_sim.world.suppliers import spells


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All tables, with a recalled row for each network that was read: another vendor, once a year."""
    place = tmp_path_factory.mktemp("recalled") / "world"
    shutil.copytree(DATA, place, ignore=shutil.ignore_patterns("posterior", "*.zip", "policies"))
    table = read_table("contracts")
    file = place / "contracts.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    at = {name: header.index(name) for name in header}
    years = {
        (row[at["iso3"]], row[at["operator"]], row[at["generation"]]): int(row[at["year"]]) for row in rows
    }
    taken = {tuple(row[at[name]] for name in ("iso3", "operator", "generation", "year")) for row in rows}
    planted = []
    for (iso3, operator, generation), year in years.items():
        if (iso3, operator, generation, str(year + 1)) in taken or year + 1 > 2024:
            continue
        row = dict.fromkeys(header, "") | {
            "iso3": iso3, "operator": operator, "generation": generation, "year": str(year + 1),
            "vendor": "zte", "event": "main", "source": "general_knowledge", "status": "recalled",
            "confidence": "high",
        }  # fmt: skip
        planted.append([row[name] for name in header])
    assert len(planted) > len(table.labels) / 4
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows([header, *rows, *planted])
    return place


def test_absurd_rows_are_on_record_and_set_the_present(folder):
    world = ls.load_world(folder)
    assert len(world.contracts.tenders) > len(ls.load_world().contracts.tenders)
    assert len(spells(folder, recalled=True)) >= len(spells(folder))


def test_they_are_in_no_world_that_a_likelihood_or_a_score_sees(folder):
    for of in (select_contract_rows, keep_read_contracts):
        mine, planted = (of(world).contracts for world in (ls.load_world(), ls.load_world(folder)))
        for name in ("tenders", "held", "generation"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(planted, name), err_msg=name)


def test_they_are_in_no_count_of_who_stays_and_no_line_on_loans(folder):
    assert spells(folder) == spells()
    assert estimate_borrowers(folder) == estimate_borrowers()


def test_they_do_not_move_the_likelihood_but_that_of_all_rows(folder):
    values = Parameters(switching_cost=np.array([1.0, 3.0]))
    how = {"points": 2, "runs": 1, "workers": 1}
    said = {
        (rows, name): combine_log_likelihoods(
            compute_contracts_at("test", values, world=world, rows=(rows,), **how)
        )
        for rows in (READ, ALL)
        for name, world in (("mine", ls.load_world()), ("planted", ls.load_world(folder)))
    }
    np.testing.assert_allclose(said[READ, "planted"], said[READ, "mine"], rtol=1e-12)
    assert np.abs(said[ALL, "planted"] - said[ALL, "mine"]).max() > 5


def test_what_is_calibrated_counts_read_rows_unless_it_is_asked_for_all():
    defaults = Simulator.contracts.__defaults__ + compute_contracts_at.__kwdefaults__["rows"]
    assert set(defaults) == {READ}
