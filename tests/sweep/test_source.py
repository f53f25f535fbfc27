"""Which code made a store: a store of two codes says so, and a worker with other code is refused."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim.runs import provenance, workers
from lockin_sim.runs.store_files import JOURNAL, read_journal, rewrite
from lockin_sim.studies.points import build_points_job


def test_what_decides_numbers_is_all_but_what_is_named():
    assert [p for p in provenance.OUTSIDE if not (Path(ls.__file__).parent / p).exists()] == []
    files = provenance.deciding_files()
    named = ["world/schema.py", "data/countries.csv", "data/policies/open_ran.toml"]
    named += ["settings/design/table.py", "runs/jobs.py", "studies/points.py", "studies/sweep.py"]
    named += ["common/indices.py", "runs/results.py"]  # tables of experiments come from them
    assert set(named) <= set(files)
    words = ("pages/", "cli/", "explanation/", "common/progress.py", "studies/printing.py")
    assert [name for name in files if name.startswith(words)] == []


def test_a_design_of_other_values_is_refused_with_its_columns(tmp_path):
    columns = {"switching_cost": [1.0, 2.0], "noise_scale": [None, 1.0], "scenario": ["", "open_ran"]}
    out = tmp_path / "s"
    ls.sweep(ls.design.table(columns), out=out, runs=1, years=[2011], outcomes=["switching_pull"])
    columns |= {"switching_cost": [1.0, 3.0], "scenario": ["open_ran", "open_ran"]}
    with pytest.raises(ls.InputError, match="cannot be resumed") as raised:
        ls.sweep(
            ls.design.table(columns), out=out, runs=1, years=[2011], outcomes=["switching_pull"], resume=True
        )
    said = "The design differs in switching_cost from point 1 on, scenario from point 0 on."
    assert str(raised.value).endswith(said)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("source", "the code or data of the model"),
        ("numpy", "the version of numpy"),
        ("processor", "the kind of processor"),
    ],
)
def test_a_store_of_two_codes_says_so_ever_after(small, tmp_path, monkeypatch, key, what):
    """Its first session ran other code than all that follow."""
    store = tmp_path / "s"
    ls.sweep(**small, out=store)
    module = sys.modules["lockin_sim.studies.sweep"]
    monkeypatch.setattr(module, "session", lambda executor: provenance.session(executor) | {key: "another"})
    for since in ("the last session", "an earlier session", "an earlier session"):
        lose_a_unit(store)
        with pytest.warns(UserWarning, match=f"{what} changed since {since}; parts of the store may differ"):
            ls.sweep(**small, out=store, resume=True)


def lose_a_unit(store):
    """The unit that was written last is to be computed again."""
    path = store / JOURNAL
    rewrite(path, read_journal(path)[:-1])


def test_a_session_that_computes_nothing_is_not_noted(small, finished):
    """Its code made no part of the store."""
    _, store = finished
    noted = read_journal(store / JOURNAL)
    ls.sweep(**small, out=store, resume=True)
    assert read_journal(store / JOURNAL) == noted
    lose_a_unit(store)
    ls.sweep(**small, out=store, resume=True)
    assert sum("session" in entry for entry in read_journal(store / JOURNAL)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "another"}, "found other code of lockin-sim"),
        ({"numpy": "0.1"}, r"found numpy .* allowed: 0\.1"),
    ],
)
def test_other_code_of_a_worker_is_refused(small, change, message):
    design = small.pop("design")
    arguments = {name: small[name] for name in small if name != "unit"}
    job = build_points_job(design, record=(), **arguments)
    with pytest.raises(ls.InputError, match=f"worker: {message}"):
        workers.answer(replace(job, code=job.code._replace(**change)), (design,))
