"""Is all that can be refused refused before the first run, by every study and every command?"""

import re

import pytest
from unit.refusals import HEAD

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.engine import Batch
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.store_files import JOURNAL, append

RESTRICTS = '[[levers]]\nlever = "restriction"\ntarget = "EU"\nfrom = 2026\nmode = "coordinated"\n'
OTHERWISE = '[[otherwise]]\nwhen = "if not"\n[[otherwise.levers]]\nlever = "restriction"\nmode = "none"\n'


@pytest.fixture
def at_rest(monkeypatch):
    """Whatever begins a run fails."""

    def began(*_, **__):
        raise AssertionError("a run began")

    monkeypatch.setattr(Batch, "__init__", began)


def _otherwise(tmp_path, lines):
    """A scenario that restricts, with what else could be assumed."""
    (file := tmp_path / "mine.toml").write_text(HEAD + RESTRICTS + OTHERWISE + lines)
    return str(file)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('target = "EUU"\nfrom = 2026\n', "Did you mean 'EU'"),
        ('target = "EU"\nfrom = 1990\n', "from: found 1990"),
        ('target = "EU"\nfrom = 2026\non = "CHM"\n', "Did you mean 'CHN'"),
        ('target = "EU"\nfrom = 2026\nforced_replacement = 99\n', "from 0 to 30"),
    ],
)
@pytest.mark.usefixtures("at_rest")
def test_a_defect_in_what_else_could_be_assumed_is_refused_before_the_policies_are_run(lines, said, tmp_path):
    def compared():
        policy = ls.load_scenario(_otherwise(tmp_path, lines))
        return ls.compare([policy, *policy.alternatives()], runs=1, seed=1, workers=1)

    with pytest.raises(ls.InputError, match=re.escape(said)):
        compared()


TOY = {"world": ls.toy_world(4, 3), "baseline": ls.Scenario.none()}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"chain": True, **TOY}, "family"),
        ({"structure": "any"}, "structure: found 'any'"),
        ({"structure": "drawn"}, "only with draws of parameters"),
        ({"structure": "drawn", "posterior": "bundled", "chain": True}, "it names its alternatives"),
        ({"posterior": "bundled", "parameters": ls.Parameters().as_dict()}, "a value for every"),
    ],
)
@pytest.mark.usefixtures("at_rest")
def test_further_studies_of_a_comparison_are_refused_before_its_own_runs(asked, said):
    policies = [ls.Scenario.none()] if "world" in asked else ["gdpr"]
    with pytest.raises(ls.InputError, match=said):
        Comparison.run(policies, runs=1, seed=1, workers=1, **asked)


def test_the_store_of_a_further_study_is_looked_at_before_the_first_is_run(at_rest, tmp_path):
    (tmp_path / "study_2").mkdir()
    append(tmp_path / "study_2" / JOURNAL, {"identity": {"seed": 2}, "attributes": "", "description": ""})
    how = {"chain": True, "runs": 1, "seed": 1, "workers": 1}
    with (
        pytest.raises(ls.InputError, match=r"study_2: cannot be resumed.*seed: 2, now 1"),
        ls.running(store=tmp_path, resume=True),
    ):
        Comparison.run(["gdpr"], **how)
    with pytest.raises(ls.InputError, match="study_2: there are already runs"), ls.running(store=tmp_path):
        Comparison.run(["gdpr"], **how)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study_2"]


@pytest.mark.slow
def test_a_rehearsal_changes_neither_numbers_nor_stores_and_says_nothing_twice(tmp_path, recwarn):
    how = {"chain": True, "runs": 1, "seed": 1, "workers": 1, "years": (2010, 2011)}
    alone = Comparison.run(["gdpr"], **how).datasets
    assert [str(each.message)[:20] for each in recwarn] == ["gdpr: nothing differ"]
    with ls.running(store=tmp_path):
        kept = Comparison.run(["gdpr"], **how).datasets
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study_1", "study_2"]
    with ls.running(store=tmp_path, resume=True):
        again = Comparison.run(["gdpr"], **how).datasets
    assert list(alone) == list(kept)
    assert all(alone[name].identical(kept[name]) and kept[name].identical(again[name]) for name in alone)


def test_assumptions_of_one_name_are_numbered_and_none_is_lost(tmp_path):
    both = 'target = "EU"\nfrom = 2026\n' + OTHERWISE + 'target = "DEU"\nfrom = 2026\n'
    one, other = ls.load_scenario(_otherwise(tmp_path, both)).alternatives()
    assert (one.name, other.name) == ("mine, if not", "mine, if not (2)")
    assert one.levers != other.levers


NONE_QUIET = ["--workers", "1", "--quiet"]
COMMANDS = {
    "compare": ["compare", "gdpr", "--runs", "1", *NONE_QUIET],
    "run": ["run", "gdpr", "--runs", "1", *NONE_QUIET],
    "lead": ["lead", "--runs", "1", *NONE_QUIET],
    "exit": ["exit", "KEN", "--runs", "2", *NONE_QUIET],
    "validate": ["validate", "--runs", "8", "--workers", "1"],
    "calibrate": ["calibrate", "--waves", "1", "--points", "64", "--runs", "2", *NONE_QUIET],
}


@pytest.mark.parametrize(
    ("command", "out"),
    [
        *((command, "file/x") for command in COMMANDS),
        *(("compare", out) for out in ("circle/x", "gone/x", "gone/../x/y")),
    ],
)
@pytest.mark.usefixtures("at_rest")
def test_a_place_that_cannot_be_written_to_is_refused_before_the_first_run(
    command, out, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "gone").symlink_to("nowhere/there")
    before = sorted(tmp_path.iterdir())
    assert cli.main([*COMMANDS[command], "--out", out]) == 2
    assert out.split("/")[0] in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        *((command, ["--store", "file"], "not a folder") for command in ("compare", "exit", "validate")),
        ("compare", ["--store", "circle/x"], "leads nowhere"),
        ("compare", ["--store", "kept"], "already runs"),
        ("compare", ["--store", "mixed", "--resume"], "which holds mine.txt"),
        ("compare", ["--resume"], "only with --store"),
    ],
)
@pytest.mark.usefixtures("at_rest")
def test_a_store_that_cannot_be_used_is_refused_before_the_first_run(
    command, options, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "circle").symlink_to("circle")
    for folder, name in (("kept", JOURNAL), ("mixed", "mine.txt")):
        (tmp_path / folder / "study_3").mkdir(parents=True)
        (tmp_path / folder / "study_3" / name).write_text("mine")
    assert cli.main([*COMMANDS[command], *options]) == 2
    assert said in capsys.readouterr().err
