"""The command line: what it makes, and that unusable input gives one message, status 2 and no files."""

import contextlib
import csv
import importlib
import io
import json
import re
import subprocess
import sys

import pytest
from cli.called import lockin

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.results import MANIFEST, new_folder, write_manifest
from lockin_sim.settings.policies import scenarios

SMALL = ["--runs", "2", "--years", "2010-2013", "--workers", "1"]
LEVER = '[[levers]]  # {}\nlever = "export_finance"\ntarget = "EU"\nfrom = 2021\nenvelope = 9.0\n'
TOML = 'name = "mine"\nquestion = "Why?"\nsource = "test"\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what is made ---

COMPARE = ["compare", "no_dsr", "--runs", "2", "--years", "2010-2036", "--workers", "1", "--out", "results"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The folder in which the main job was done, small; exit status, output and errors."""
    folder, out, err = tmp_path_factory.mktemp("compared"), io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main(COMPARE)
    return folder, (status, out.getvalue(), err.getvalue())


def test_compare_writes_tables_figures_and_manifest(compared):
    here, (status, out, err) = compared
    assert status == 0
    assert re.fullmatch(r"baseline, no_dsr: 2 x 2 = 4 runs, 2010 to 2036, engine (core|fast)\n", err)
    *table, answer, doubt, where = out.splitlines()
    assert any("No Digital Silk Road" in line and "too few runs" in line for line in table)
    heads = ("by 2035", "by 2036", "who pays most, bn USD", "without any", "China: ")
    assert not [each for each in heads if not any(each in line for line in table)]
    assert answer.startswith("“No Digital Silk Road” has an unclear effect on Chinese vendors' part")
    assert doubt.startswith("Each run is a future")
    assert where.startswith("The report is results/report.html")
    made = here / "results"
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["runs"] == 2
    assert manifest["seed"] == 0
    assert (manifest["world"], len(manifest["world_hash"])) == ("bundled", 12)
    assert set(manifest["scenarios"]) == {"baseline", "no_dsr"}
    assert all(len(s["hash"]) == 12 for s in manifest["scenarios"].values())
    files = sorted(
        str(p.relative_to(made)) for p in made.rglob("*") if p.is_file() and p.name != "manifest.json"
    )
    assert manifest["files"] == files
    assert {"report.html", "annex.html", "levels.csv", "effects.csv", "by_region.csv"} <= set(files)
    assert {f"data/{name}.nc" for name in manifest["datasets"]} <= set(files)
    assert list(manifest["datasets"]) == ["effects", "by_group", "by_domain", "by_country", "public_cost"]
    assert sum(name.endswith(".png") for name in files) >= 6
    with (made / "effects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["scenario"] for row in rows} == {"no_dsr"}
    assert all(row["unit"] for row in rows)
    assert [p.name for p in here.iterdir()] == ["results"]


def test_the_report_can_be_made_again_from_the_folder(compared, tmp_path, capsys):
    folder, again = compared[0] / "results", tmp_path / "deep" / "report.html"
    status, out, _ = lockin(capsys, "report", str(folder), "--out", str(again))
    assert status == 0
    assert str(again) in out.replace("\n", "")
    for name in ("report.html", "annex.html"):
        assert again.with_name(name).read_bytes() == (folder / name).read_bytes()


def test_any_name_and_a_figure_that_fails_cost_nothing_but_that_figure(here, capsys, monkeypatch):
    """And what others keep in the folder is there afterwards."""
    names = ["[/x] [red]a$ <b> {0} %s", "n" * 80, r"$\frac{$"]  # the answer names the first of equals
    for number, name in enumerate(names):
        content = TOML.replace("mine", name.replace("\\", 2 * "\\")) + LEVER.format("mine")
        (here / f"{number}.toml").write_text(content)
    results = here / "results"
    ls.sweep(ls.design.table({"turnover": [0.1]}), out=here / "s.zarr", years=[2011], runs=1)
    with new_folder(results) as folder:
        write_manifest(folder, {})
    (here / "s.zarr").rename(results / "s.zarr")
    (results / "notes.txt").write_text("mine")

    def fails(*_, **__):
        raise ZeroDivisionError("as a figure might")

    monkeypatch.setattr("lockin_sim.pages.plots.two_parts", fails)
    module = importlib.import_module("lockin_sim.pages.figures")
    plans, drawn = module._of_outcomes, ("trajectories_headline", "two_parts")  # all of them take long
    monkeypatch.setattr(module, "_of_outcomes", lambda e: {n: p for n, p in plans(e).items() if n in drawn})
    monkeypatch.setattr(module, "OF_STUDIES", ())
    files = sorted(p.name for p in here.glob("*.toml"))
    capsys.readouterr()
    status, out, err = lockin(capsys, "compare", *files, *SMALL, "--out", "results")
    assert status == 0, err
    assert err.splitlines()[-2:] == [
        "lockin: results: left unchanged, since not in manifest.json: notes.txt, s.zarr",
        "lockin: figure two_parts is left out, it could not be drawn: ZeroDivisionError: as a figure might",
    ]
    assert "[/x] [red]a$ <b> {0} %s" in out
    files = set(json.loads((results / MANIFEST).read_text())["files"])
    assert {"figures/trajectories_headline.png", "report.html", "levels.csv"} <= files
    assert "figures/two_parts.png" not in files
    assert all((results / name).is_file() for name in files)
    scenarios = ls.open_results(results)["effects"]["scenario"].values.tolist()
    assert scenarios == ["baseline", *names]
    assert (results / "notes.txt").read_text() == "mine"
    assert ls.open_results(results / "s.zarr").attrs["runs_done"] == 1


def test_compare_adds_the_studies_asked_for(here, capsys, monkeypatch):
    monkeypatch.setattr(Comparison, "figures", lambda self: {})  # they take long
    (here / "mine.toml").write_text(TOML + LEVER.format("digital") + LEVER.format("oda").replace("EU", "USA"))
    years = ["--runs", "2", "--years", "2010-2035", "--workers", "1", "--out", "results"]
    further = ["--structure", "drawn"]
    until = ["--until", "1e-9", "--most", "3"]  # of which the second round is what is allowed
    status, out, err = lockin(capsys, "compare", "mine.toml", *years, *further, *until)
    assert status == 0, err
    assert err.startswith("baseline, mine: 2 x 2 = 4 runs, 2010 to 2035, engine ")
    assert "continuing to 3 runs, at most 3" in err
    assert "At the limit of 3 runs, not every interval meets its target width" in out
    manifest = json.loads((here / "results" / "manifest.json").read_text())
    assert (manifest["runs"], manifest["until"]["reached"]) == (3, False)
    assert "At the limit of 3 runs" in (here / "results" / "report.html").read_text()
    scenarios = manifest["scenarios"]
    use = {"lever": "export_finance", "from": 2021, "envelope": 9.0}
    assert scenarios["mine"]["levers"] == [use | {"target": "EU"}, use | {"target": "USA"}]
    assert scenarios["mine"]["parameters"] == {}
    assert scenarios["mine"]["file"] == "mine.toml"
    assert "file" not in scenarios["baseline"]
    datasets = ls.open_results(here / "results")
    assert datasets["effects"].attrs["structure"] == manifest["structure"] == "drawn"
    assert datasets["effects"].attrs["runs"] == 3


def test_describe_and_scenarios(capsys):
    for topic, shown in {"parameters": "switching_cost", "levers": "envelope", "metrics": "standard_share",
                         "outcomes": "cn2035_share", "world": "KEN Kenya"}.items():  # fmt: skip
        status, out, _ = lockin(capsys, "describe", topic)
        assert (status, shown in out) == (0, True), topic
    status, out, _ = lockin(capsys, "scenarios")
    assert (status, [name for name in scenarios() if name not in out]) == (0, [])


def test_help_loads_nothing_heavy_and_is_hardly_searched_for_cycles():
    code = (
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0, file=sys.stderr))\n"
        "from lockin_sim import cli\nusual, searches = gc.get_threshold(), []\n"
        "gc.callbacks.append(lambda *_: searches.append(1))\ncli.main(['--help'])\ngc.callbacks.clear()\n"
        "heavy = {'numpy', 'xarray', 'pandas', 'matplotlib', 'mesa'} & set(sys.modules)\n"
        "print(sorted(heavy), len(searches) <= 2, gc.get_threshold() == usual, file=sys.stderr)\n"
        "print(gc.get_freeze_count(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["[]", "True", "True", "0", "True"]


# --- what is refused ---

UNUSABLE = {
    "unknown command": (["compair"], "Did you mean 'compare'?"),
    "unknown option": (["exit", "KEN", "--sed", "1"], "exit, option: found '--sed'"),
    "command with odd signs": (["na$me (x"], "command: found 'na$me (x';"),
    "option with odd signs": (["exit", "--(a+$"], "exit, option: found '--(a+$'"),
    "argument with a space": (["exit", "--country=Ivory Coast"], "argument: lockin exit 'Ivory Coast'."),
    "option of 0.1.0 that is an argument": (
        ["exit", "--country", "KEN"],
        "economy as an argument: lockin exit KEN.",
    ),
    "argument elsewhere": (
        ["compare", "--policy=open_ran"],
        "scenarios as an argument: lockin compare open_ran.",
    ),
    "one of several arguments": (
        ["explain", "KEN", "--domain", "cloud"],
        "as an argument: lockin explain COUNTRY cloud YEAR.",
    ),
    "option of 0.1.0 with another name": (["exit", "KEN", "--draws", "64"], "Did you mean '--runs'?"),
    "name of another command's": (["lead", "--country", "KEN"], "Did you mean '--place'?"),
    "missing argument": (["run"], "Missing argument 'scenario': Built-in name or TOML file."),
    "missing option": (["sweep"], "Missing"),
    "no command after the dashes": (["--"], "Missing command: `lockin --help` lists them"),
    "the same as baseline": (
        ["compare", "no_dsr", "--baseline", "no_dsr"],
        "only no_dsr, which is the baseline",
    ),
    "a world that is not there": (
        ["describe", "levers", "--world", "NOWHERE"],
        "NOWHERE: found no such folder",
    ),
    "the lender's own place": (["lead", "--place", "CHN"], "CHN, which is the lender's own"),
    "a year twice": (["lock-in", "KEN", "--after", "5", "--after", "5"], "after: found 5 twice"),
    "an empty folder": (["compare", "--out", ""], "--out: found ''; allowed: a value"),
    "an empty argument": (["check", ""], "argument: found ''; allowed: a value"),
    "a fact of nobody": (
        ["explain", "KEN", "mobile_network", "2027", "--supplier", "Safaricm=zte:2023"],
        "Did you mean 'Safaricom'",
    ),
    "a fact of no year": (["country", "KEN", "--supplier", "Safaricom=zte"], "OPERATOR=VENDOR:YEAR"),
    "an empty folder after a sign": (["compare", "--store="], "--store: found ''; allowed: a value"),
    "an empty actor": (["compare", "--actor", ""], "--actor: found ''"),
    "years not a range": (["compare", "--years", "2010"], "--years: found '2010'"),
    "malformed file": (["compare", "malformed.toml"], "malformed.toml: not a TOML file"),
    "output of somebody else": (["compare", "--out", "."], "which holds "),
    "unknown topic": (["describe", "lever"], "Did you mean 'levers'?"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_input_gives_one_message_and_nothing_else(here, capsys, case):
    (here / "malformed.toml").write_text('name = "mine\n')
    arguments, message = UNUSABLE[case]
    status, out, err = lockin(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert [p.name for p in here.rglob("*")] == ["malformed.toml"]


def test_all_defects_of_a_file_are_told_each_on_its_line(here, capsys):
    levers = LEVER.replace("export_finance", "export_finanse") + LEVER.replace("envelope", "envelop")
    (here / "mine.toml").write_text(TOML + levers + "[parameters]\nswitching_cst = 1.0\n")
    status, out, err = lockin(capsys, "run", "mine.toml", *SMALL)
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert all(line.startswith("lockin: mine.toml: ") for line in lines)
    for line, meant in zip(lines, ("export_finance", "envelope", "switching_cost"), strict=True):
        assert f"Did you mean '{meant}'?" in line


def test_no_command_shows_the_commands(capsys):
    status, out, err = lockin(capsys)
    assert status == 2
    assert "compare" in out
    assert err == ""


def test_words_of_the_terminal_go_on_as_they_are_for_typer_to_expand_on_windows(monkeypatch):
    words = []
    monkeypatch.setattr("lockin_sim.cli.program.app", lambda args, **_: words.append(args))
    assert (cli.main(), cli.main(["run"]), words) == (0, 0, [None, ["run"]])


def test_the_package_runs_as_a_module_too(capsys, tmp_path):
    words = [sys.executable, "-m", "lockin_sim", "--help"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == lockin(capsys, "--help")[:2]
    assert "Usage: lockin" in done.stdout


def test_version(capsys):
    assert lockin(capsys, "--version") == (0, f"lockin_sim {ls.__version__}\n", "")
