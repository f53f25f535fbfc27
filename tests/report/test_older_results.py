"""Results of another version or of other rules: refused or opened with one line, never silently."""

import ast
import json
import shutil
import warnings

import pytest

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.common import versions
from lockin_sim.common.netcdf import read_dataset, write_dataset
from lockin_sim.common.versions import MANIFEST, stamp
from lockin_sim.pages import plots
from lockin_sim.pages.report import Comparison, Evidence
from lockin_sim.rules import pricing
from lockin_sim.settings import ensemble

OLD, OTHER = {"version": "0.1.0"}, {"rules": "0123456789ab"}


@pytest.fixture(scope="module")
def compared(made, tmp_path_factory):
    """A folder of ``lockin compare`` without its figures."""
    comparison = Comparison(made)
    comparison.drawn = lambda names: {}
    folder = tmp_path_factory.mktemp("compared") / "compare"
    comparison.write(folder)
    return folder


@pytest.fixture
def folder(compared, tmp_path):
    """A copy of that folder, which a test may change."""
    return shutil.copytree(compared, tmp_path / "compare")


def edit(folder, changes, *within):
    """Change a manifest in a folder."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    part = content
    for key in within:
        part = part[key]
    part.update(changes)
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")


def test_a_report_of_another_minor_version_is_refused_in_one_line(folder, capsys):
    edit(folder, OLD)
    (folder / "report.html").unlink()
    assert cli.main(["report", str(folder)]) == 2
    told = capsys.readouterr().err
    assert f"found results made by lockin_sim 0.1.0, this is {ls.__version__}; allowed: those of this" in told
    assert told.count("\n") == 1
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("variable", ["effect_draws", "effect_above", "pairs_used"])
def test_a_report_without_a_variable_that_it_reads_is_refused_in_one_line(folder, capsys, variable):
    place = folder / "data" / "effects.nc"
    write_dataset(read_dataset(place).drop_vars(variable), place)
    assert cli.main(["report", str(folder)]) == 2
    told = capsys.readouterr().err
    assert variable in told
    assert told.count("\n") == 1


def test_a_report_of_other_rules_is_written_with_one_line(folder, capsys, monkeypatch):
    monkeypatch.setattr(Comparison, "drawn", lambda self, names: {})
    edit(folder, OTHER)
    assert cli.main(["report", str(folder)]) == 0
    assert capsys.readouterr().err.count("made by other rules of lockin_sim (0123456789ab") == 1


@pytest.mark.parametrize(("changes", "said"), [(OLD, "lockin_sim 0.1.0"), (OTHER, "other rules")])
def test_opening_a_folder_warns_of_what_made_it(folder, changes, said):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ls.open_results(folder)["effects"].attrs["rules"] == stamp()["rules"]
    edit(folder, changes)
    with pytest.warns(UserWarning, match=said):
        opened = ls.open_results(folder)
    assert all(ds.attrs.items() >= changes.items() for ds in opened.values())


def test_a_calibration_warns_wherever_it_is_read(tmp_path):
    draws = ls.open_results("bundled").isel(draw=slice(4))
    write_dataset(draws.assign_attrs(stamp()), tmp_path / ensemble.DATASET)
    (tmp_path / MANIFEST).write_text(json.dumps({"made_by": "lockin_sim", "calibration": stamp()}))
    assert len(ls.posterior_draws(2, seed=1, source=tmp_path)["switching_cost"]) == 2
    edit(tmp_path, OLD, "calibration")
    for read in (ls.open_results, lambda path: ls.posterior_draws(2, seed=1, source=path)):
        with pytest.warns(UserWarning, match=r"made by lockin_sim 0\.1\.0, this is"):
            read(tmp_path)


def test_a_store_warns_when_it_is_opened_or_exported(tmp_path, monkeypatch, capsys):
    design, few = ls.design.table({"switching_cost": [1.0]}), {"runs": 1, "workers": 1, "progress": False}
    toy = {"world": ls.toy_world(2), "scenario": ls.Scenario.none(), "years": (0, 1)}
    with monkeypatch.context() as patch:
        patch.setattr("lockin_sim.studies.points.stamp", lambda: stamp() | OLD)
        with pytest.warns(UserWarning, match=r"lockin_sim 0\.1\.0"):  # which opens it at the end
            ls.sweep(design, outcomes=["switching_pull"], out=tmp_path / "s", **toy, **few)
    with pytest.warns(UserWarning, match=r"lockin_sim 0\.1\.0"):
        ls.open_results(tmp_path / "s")
    assert cli.main(["export", str(tmp_path / "s"), str(tmp_path / "s.csv")]) == 0
    assert "made by lockin_sim 0.1.0" in capsys.readouterr().err


def test_pages_and_summaries_refuse_a_dataset_of_another_minor_version_figures_one_that_lacks_something(
    studies,
):
    for ds in studies.values():
        ds.attrs |= OLD
    effects = studies["effects"]
    reading = {"evidence": lambda: Evidence(studies), "summary": lambda: ls.summary(effects)}
    of = {name: declared for name, declared in plots.FIGURES.items() if declared.of in (*studies, "compare")}
    bare = effects.drop_vars(list(effects.variables))
    reading |= {name: lambda one=one: one.draw(bare) for name, one in of.items()}
    assert len(reading) > 5
    for read in reading.values():
        with pytest.raises(ls.InputError, match=r"lockin_sim 0\.1\.0, this is .*compute them again"):
            read()


def test_every_dataset_and_manifest_says_what_was_run(made, compared):
    manifest = json.loads((compared / MANIFEST).read_text(encoding="utf-8"))
    for about in (manifest, *(ds.attrs for ds in made.values())):
        assert about.items() >= (stamp() | {"seed": 1, "runs": 3}).items()
    few = {"runs": 1, "seed": 1, "world": ls.toy_world(2), "scenario": ls.Scenario.none(), "years": (0, 1)}
    assert ls.simulate(**few).attrs.items() >= stamp().items()
    points = ls.evaluate({"switching_cost": [1.0]}, outcomes=["switching_pull"], workers=1, **few)
    assert points.attrs.items() >= (stamp() | {"seed": 1, "runs": 1}).items()


def test_the_digest_of_rules_is_of_their_code_and_not_of_their_words():
    for path in versions._files():
        code = path.read_text(encoding="utf-8")
        blank = versions._WORDS.sub(lambda found: found[0][: -len(found[0].lstrip())] + "0\n", code)
        assert bare(code) == bare(blank), path
        assert versions._WORDS.sub("", code).count('"""') == 0, path


def bare(code):
    """The tree of code without constants that stand alone, docstrings among them."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for name, body in ast.iter_fields(node):
            if isinstance(body, list):
                alone = (ast.Expr, ast.Constant)
                kept = [
                    each
                    for each in body
                    if not (isinstance(each, alone[0]) and isinstance(each.value, alone[1]))
                ]
                setattr(node, name, kept)
    return ast.dump(tree)


def test_a_rule_replaced_in_memory_marks_the_stamp(monkeypatch):
    monkeypatch.setattr(pricing, "standards_cost", lambda *given: 0.0)
    assert stamp()["rules"] == f"{versions.rules_digest()}+"
    assert "other rules" in versions.describe_difference({"rules": versions.rules_digest()})
