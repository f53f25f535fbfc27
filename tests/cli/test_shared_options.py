"""Options that every command has which simulates or reads the world; a new command cannot forget them."""

import csv
import re
import shutil
from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.cli.program import app
from lockin_sim.pages.comparison_page import command as command_of
from lockin_sim.pages.report import Evidence
from lockin_sim.world.schema import DATA

EXPERIMENT = """
name = "e"
question = "?"
expectation = "-"
years = [2011]
runs = 1
outcomes = ["switching_pull"]
[parameters]
noise_scale = 1.5
[design]
method = "grid"
[design.columns]
switching_cost = [1.0, 2.0]
"""
SMALL = ["--runs", "1", "--years", "2010-2012", "--workers", "1"]

#: Commands that simulate, with what each needs at least.
SIMULATE = {
    "compare": ["no_dsr", *SMALL],
    "calibrate": ["--out", "posterior", "--workers", "1"],
    "run": ["baseline", *SMALL],
    "country": ["KEN", "--runs", "2", "--policy", "no_dsr", "--workers", "1"],
    "exit": ["KEN", "--leaving", "huawei", "--runs", "2", "--workers", "1"],
    "explain": ["KEN", "mobile_network", "2011"],
    "app": ["--port", "0", "--runs", "8", "--workers", "1"],
    "lock-in": ["KEN", "--year", "2011", "--after", "1", "--without", "nothing", *SMALL],
    "lead": ["--runs", "1", "--workers", "1"],
    "sweep": ["e.toml", "--out", "s.zarr", "--workers", "1"],
}
#: Commands that read the world and simulate nothing.
READ = {"describe": ["world"]}
#: Commands that do neither, with what they share all the same: names of files, results that are there; the
#: record, of the bundled world; a folder with tables, of which a check is.
NEITHER = {"scenarios": set(), "export": set(), "report": set(), "validate": {"--quiet"}, "check": set()}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, but for an experiment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.toml").write_text(EXPERIMENT)
    return tmp_path


def options(command):
    """Names of the options of a command, as typer found them."""
    from typer.main import get_command

    return {name for each in get_command(app).commands[command].params for name in each.opts}


def commands():
    """Every command of the program."""
    from typer.main import get_command

    return set(get_command(app).commands)


def test_every_command_says_whether_it_simulates_or_reads_the_world():
    assert commands() == SIMULATE.keys() | READ.keys() | NEITHER.keys()


@pytest.mark.parametrize("command", sorted(commands()))
def test_its_help_has_words_for_what_options_take_and_no_types_of_python(capsys, command):
    assert cli.main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "--help" in text
    assert not re.search(r"--[\w-]+ +<", text)


@pytest.mark.parametrize("command", sorted(commands()))
def test_it_has_the_options_of_its_kind(command):
    wanted = {"--world", "--parameter", "--quiet"}
    expected = wanted if command in SIMULATE else {"--world"} if command in READ else NEITHER[command]
    assert options(command) & wanted == expected


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    """The tables of the bundled world, with one cell that cannot be."""
    folder = shutil.copytree(DATA, tmp_path_factory.mktemp("worlds") / "edited")
    with (folder / "offers.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    rows[3][rows[0].index("relative_cost")] = "-1"
    with (folder / "offers.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.mark.parametrize("command", sorted(SIMULATE | READ))
def test_a_changed_table_is_named_by_file_row_and_column(here, edited, capsys, command):
    arguments = (SIMULATE | READ)[command]
    assert cli.main([command, *arguments, "--world", str(edited)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "offers.csv, line 4 (huawei/mobile_network), " in told.err.splitlines()[-1]
    assert "column relative_cost: found '-1'" in told.err.splitlines()[-1]
    assert [path.name for path in here.iterdir()] == ["e.toml"]


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        *((command, "switching_cst=2", "Did you mean 'switching_cost'?") for command in sorted(SIMULATE)),
        ("run", "switching_cost", "--parameter: found 'switching_cost'"),
        ("run", "switching_cost=1e999", "switching_cost"),
        ("run", "switching_cost=much", "a name and a number"),
        ("run", "switching_cost=2 switching_cost=2", "each parameter once"),
        ("run", "switching_cost=2010:5,2010:2", "--parameter: found 'switching_cost=2010:5,2010:2'"),
        ("run", "switching_cost=2010:5,", "--parameter: found 'switching_cost=2010:5,'"),
        ("run", "switching_cost=1999:5", "year: found 1999"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_everywhere(here, capsys, command, given, said):
    options = [word for text in given.split() for word in ("--parameter", text)]
    assert cli.main([command, *SIMULATE[command], *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err.splitlines()[-1]
    assert [path.name for path in here.iterdir()] == ["e.toml"]


def test_a_parameter_holds_in_the_runs(here, capsys):
    def written(*further):
        assert cli.main(["run", "no_dsr", *SMALL, "--out", "run.csv", *further]) == 0
        return (here / "run.csv").read_text(encoding="utf-8")

    default = ls.Parameters().switching_cost
    assert "cn2035_share" in written()
    assert "cn2035_share" in capsys.readouterr().out
    assert written("--parameter", f"switching_cost={default!r}") == written()
    assert written("--parameter", "switching_cost=0.5", "--parameter", "noise_scale=2") != written()
    assert written("--parameter", f"switching_cost=2010:{default!r}") == written()


def test_a_parameter_of_a_sweep_stands_beside_those_of_its_experiment(here, capsys):
    sweep = ["sweep", "e.toml", "--workers", "1"]
    assert cli.main([*sweep, "--out", "a.zarr", "--parameter", "expansion_share=0.7"]) == 0
    assert cli.main([*sweep, "--out", "b.zarr"]) == 0
    assert cli.main([*sweep, "--out", "a.zarr", "--resume"]) == 2
    assert "cannot be resumed" in capsys.readouterr().err
    assert cli.main([*sweep, "--out", "c.zarr", "--parameter", "noise_scale=2"]) == 2
    assert "noise_scale, which experiment e sets" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_quiet_says_nothing_of_progress(here, capsys, command):
    assert cli.main([command, *SIMULATE[command], "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_results_say_which_world_made_them(here):
    other = Path(shutil.copytree(DATA, here / "my world"))
    text = (other / "offers.csv").read_text(encoding="utf-8")
    changed, found = re.subn(r"(ericsson,mobile_network,\d+,[\d.]+),1,", r"\1,1.1,", text)
    assert found == 1
    (other / "offers.csv").write_text(changed, encoding="utf-8")
    how = {"runs": 1, "years": (2010, 2011), "workers": 1, "maps": False}
    made = [ls.compare("baseline", world=ls.load_world(folder), **how) for folder in (None, other)]
    assert [each.attrs["world"] for each in made] == ["bundled", str(other)]
    assert made[0].attrs["world_hash"] != made[1].attrs["world_hash"]
    assert "--world" not in command_of(Evidence({"effects": made[0]}))
    assert f"--world '{other}' --history prior --out" in command_of(Evidence({"effects": made[1]}))
