"""``lockin sweep`` and experiment files: the same as in Python, and one message for what is wrong."""

from pathlib import Path

import pytest
from cli.called import lockin
from sweep.conftest import same

import lockin_sim as ls
from lockin_sim.studies.sweep import Experiment, load_experiment

ROOT = Path(__file__).parents[2]

EXPERIMENT = """\
name = "mine"
question = "Why?"
expectation = "It rises."
scenario = "open_ran"
outcomes = ["switching_pull", "cn2035_share"]
years = [2011]
runs = 2
seed = 4
parameters = { price_weight = 3.0 }

[design]
method = "sobol"
n = 3
seed = 2

[design.columns]
switching_cost = [1, 9]
"export_finance[CHN].envelope@2011" = { low = 0, high = 60 }
"restriction[EU].mode@2011" = "declared"
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    return tmp_path


def test_a_file_is_the_object_in_python(here, capsys):
    status, out, err = lockin(capsys, "sweep", "e.toml", "--out", "s", "--workers", "1")
    assert (status, out) == (0, "")
    assert "3 points x 2 runs = 6 runs; 2 outcomes in 1 years" in err
    assert err.count("\n") == 2
    varied = {
        "switching_cost": (1, 9),
        "export_finance[CHN].envelope@2011": (0, 60),
        "restriction[EU].mode@2011": None,
    }
    mine = Experiment(
        name="mine", question="Why?", expectation="It rises.", design=ls.design.sobol(varied, n=3, seed=2),
        scenario="open_ran", outcomes=("switching_pull", "cn2035_share"), years=(2011,), runs=2, seed=4,
        parameters={"price_weight": 3.0},
    )  # fmt: skip
    assert mine == load_experiment("e.toml")
    assert same(mine.sweep("t"), ls.open_results("s"))
    assert ls.open_results("s").attrs["identity"] == ls.open_results("t").attrs["identity"]


def test_resume_and_export(here, capsys):
    assert lockin(capsys, "sweep", "e.toml", "--out", "s", "--workers", "1")[0] == 0
    status, _, err = lockin(capsys, "sweep", "e.toml", "--out", "s", "--workers", "1")
    assert status == 2
    assert "--resume" in err
    status, _, err = lockin(capsys, "sweep", "e.toml", "--out", "s", "--resume", "--retry")
    assert status == 0
    assert "nothing to do" in err
    status, out, _ = lockin(capsys, "export", "s", "s.csv")
    assert (status, out) == (0, "Wrote s to s.csv\n")
    assert (here / "s.csv").read_text().count("\n") == 1 + 6


def test_an_export_says_what_is_not_computed(good, finished, tmp_path, capsys):
    _, store = finished
    journal = store / "units.journal"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    status, out, err = lockin(capsys, "export", str(store), str(tmp_path / "s.csv"))
    assert (status, out) == (0, f"Wrote {store} to {tmp_path / 's.csv'}\n")
    said = "6 of 24 runs are missing and 0 failed; their outcomes are undefined"
    assert err == f"lockin: {store}: {said}\n"
    assert lockin(capsys, "export", str(good[1]), str(tmp_path / "s.csv"))[2] == ""


def test_scenarios_and_tables_lie_beside_the_experiment(here):
    (folder := here / "deep").mkdir()
    text = 'name = "s"\nquestion = "?"\nsource = "test"\nparameters = { turnover = 0.3 }\n'
    (folder / "s.toml").write_text(text)
    (folder / "d.csv").write_text("scenario\nopen_ran\ns.toml\n")
    head = EXPERIMENT.partition("[design]")[0].replace('"open_ran"', '"s.toml"')
    (folder / "file.toml").write_text(head + '[design]\nmethod = "file"\npath = "d.csv"\n')
    grid = '[design]\nmethod = "grid"\n[design.columns]\nscenario = ["open_ran", "s.toml"]\n'
    (folder / "grid.toml").write_text(head + grid)
    for name in ("file.toml", "grid.toml"):
        job = load_experiment(folder / name).job()
        assert job.scenarios["s.toml"].parameters == {"turnover": 0.3}
    ds = load_experiment("deep/grid.toml").sweep("s")
    assert (ds.attrs["scenario"], ds["scenario"].values.tolist()) == ("s", ["open_ran", "s.toml"])
    with pytest.raises(ls.InputError, match=r"scenario, point 1: s\.toml: found no such file"):
        ls.sweep(ls.design.read_csv("deep/d.csv"), out="t")


def test_the_experiment_of_the_manual_is_whole(here):
    text = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- a complete experiment file -->\n```toml\n")[2].partition("```")[0]
    (here / "shown.toml").write_text(shown)
    assert load_experiment("shown.toml").job().years == (2035, 2050)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").glob("*/experiment.toml")), ids=lambda p: p.parent.name
)
def test_experiments_of_the_project_fit_the_model(path):
    experiment = load_experiment(path)
    assert len(experiment.job().outcomes) > 0
    readme = " ".join((path.parent / "README.md").read_text(encoding="utf-8").split())
    assert " ".join(experiment.question.split()) in readme
    assert " ".join(experiment.expectation.split()) in readme
