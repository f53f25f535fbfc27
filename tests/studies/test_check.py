"""A sound world passes all changes that may change no number, and each planted defect is found by its own."""

import importlib

import numpy as np
import pytest
from small_tables import write_small_tables

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.world import schema

module = importlib.import_module("lockin_sim.studies.check")

#: Changes without the compiled engine, which other tests compare with the core one at length.
CHANGES = [change for change in module.CHANGES if change != "compiled engine"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the tables of some economies."""
    return write_small_tables(tmp_path_factory.mktemp("worlds") / "small")


@pytest.fixture(autouse=True)
def _without_compiler(monkeypatch):
    monkeypatch.setattr(module, "has_compiler", lambda: False)


def test_a_sound_world_holds(folder):
    checked = ls.check(folder, seed=4)
    assert checked.holds
    verdicts = {row["change"]: row["verdict"] for row in checked.rows()}
    assert verdicts.pop("compiled engine").startswith("not tested: numba is not installed")
    assert verdicts == dict.fromkeys(CHANGES, "holds")
    assert str(checked).splitlines()[1] == "rows in another order        holds"
    assert "<table" in checked._repr_html_()


def test_of_a_world_without_tables_money_and_engines_are_tried():
    checked = ls.check(ls.toy_world(3))
    assert checked.holds
    assert [f.change for f in checked if f.verdict == "holds"] == [
        "money in half dollars",
        "engine of agents",
    ]


@pytest.mark.slow  # where nothing is compiled yet, half a minute
def test_the_compiled_engine_is_tried_where_it_is_there(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.undo()
    (compiled,) = (f for f in ls.check(ls.toy_world(3)) if f.change == "compiled engine")
    assert compiled.verdict == "holds"


# --- planted defects ---


def changed_rule(monkeypatch, home, name, change):
    """Let a rule give something else: what ``change`` makes of its result and its arguments."""
    holder = importlib.import_module(f"lockin_sim.{home}")
    rule = getattr(holder, name)
    monkeypatch.setattr(holder, name, lambda *given: change(rule(*given), *given))


def as_in_files(monkeypatch):
    """Read rows as they stand, as before they were sorted."""
    monkeypatch.setattr(schema, "IN_FILE_ORDER", schema.Folder.of().rules.keys())


def by_label(monkeypatch):
    """A vendor known by name."""

    def better(utility, t):
        samsung = t.slot_vendor == t.index["vendors"].get("samsung", -2)
        return utility + 5.0 * samsung[:, None]

    changed_rule(monkeypatch, "world.vendors", "place_utility", better)


def by_position(monkeypatch):
    """Offers are worth more the later they stand."""
    changed_rule(
        monkeypatch,
        "world.vendors",
        "place_utility",
        lambda utility, t: utility + np.arange(utility.shape[-1]),
    )


def in_dollars(monkeypatch):
    """A billion dollars more for each lender, whatever a dollar is."""
    changed_rule(monkeypatch, "rules.finance", "budget", lambda money, *_: money + 1.0)


def of_agents(monkeypatch):
    """Cables of agents are twice as long."""
    changed_rule(
        monkeypatch, "agents.operator", "plan", lambda plans, *_: plans._replace(length=2 * plans.length)
    )


#: Defects, and the changes that must find each.
PLANTED = {
    as_in_files: {"rows in another order", "facts repeated"},
    by_label: {"other labels"},
    by_position: {"rows in another order", "two equal vendors exchanged"},
    in_dollars: {"money in half dollars"},
    of_agents: {"engine of agents"},
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_found_and_its_size_is_said(folder, monkeypatch, plant):
    tried = PLANTED[plant] | {"tables written and read"}
    monkeypatch.setattr(module, "CHANGES", {name: module.CHANGES[name] for name in tried})
    plant(monkeypatch)
    checked = ls.check(folder, seed=4)
    assert {finding.change for finding in checked if not finding.holds} == PLANTED[plant]
    assert all(" differs by up to " in finding.verdict for finding in checked if not finding.holds)


def test_what_an_engine_stumbles_over_is_said(monkeypatch):
    def stumble(*_, **__):
        raise ValueError("no such shape")

    monkeypatch.setattr("lockin_sim.agents.model.LockInModel.step", stumble)
    (agents,) = (finding for finding in ls.check(ls.toy_world(2)) if finding.change == "engine of agents")
    assert agents.verdict == "fails with ValueError: no such shape"


# --- the command ---


def test_the_command_prints_a_line_for_each_change_and_says_by_its_status_whether_all_hold(
    folder, monkeypatch, capsys
):
    monkeypatch.setattr(module, "CHANGES", {"money in half dollars": module.CHANGES["money in half dollars"]})
    assert cli.main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == "money in half dollars  holds\n"
    in_dollars(monkeypatch)
    assert cli.main(["check", str(folder)]) == 1
    assert "money in half dollars  " in (said := capsys.readouterr().out)
    assert " differs by up to " in said


def test_a_folder_that_cannot_be_read_is_refused_by_file_row_and_column(folder, tmp_path, capsys):
    broken = write_small_tables(tmp_path / "broken")
    rows = (broken / "domains.csv").read_text(encoding="utf-8")
    (broken / "domains.csv").write_text(rows.replace(",operator,", ",nobody,", 1), encoding="utf-8")
    assert cli.main(["check", str(broken)]) == 2
    assert "domains.csv, line 2 (mobile_network), column buyer" in capsys.readouterr().err
    with pytest.raises(ls.InputError, match=r"no columns\.csv"):
        ls.check(tmp_path)
