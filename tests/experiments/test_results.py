"""Do the committed results come from the studies as they stand?"""

import csv
import re
import sys
from fnmatch import fnmatch

import numpy as np
import pytest

import lockin_sim as ls
from experiments.__main__ import main
from experiments.running import REDUCED, RESULTS, chosen, digest, is_current, manifest, names, run
from lockin_sim.common.errors import InputError
from lockin_sim.runs.context import now
from lockin_sim.runs.results import MANIFEST

RELATIVE = 1e-9
STALE = "run `python -m experiments`"


def table(path):
    """Words of a table in their cells, numbers as "#"; and its numbers in order."""
    words, numbers = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            words.append(row)
            for place, cell in enumerate(row):
                try:
                    numbers.append(float(cell))
                except ValueError:
                    continue
                row[place] = "#"
    return words, np.array(numbers)


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


#: Those that take 5 to 40 s are made anew by `make verify`; their manifests are looked at here.
LONG = (
    *("02_from_lead_to_standard", "03_policy_comparison", "05_layers", "06_standards_without_vendors"),
    *("04_one_mechanism_off", "07_bodies", "08_path_dependence", "11_what_the_evidence_says"),
    "12_robust_packages",
)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in names()]
)
def test_the_reduced_form_gives_the_committed_tables(name, tmp_path):
    made, committed = (
        run(name, only_reduced=True, workers=1, out=tmp_path) / REDUCED,
        RESULTS / name / REDUCED,
    )
    assert files(made) == files(committed)
    for file in sorted(files(made)):
        (words, numbers), (old_words, old_numbers) = table(made / file), table(committed / file)
        assert words == old_words, file
        np.testing.assert_allclose(
            numbers, old_numbers, rtol=RELATIVE, atol=1e-12, err_msg=f"{file}: {STALE}"
        )


@pytest.mark.parametrize("name", names())
def test_manifests_name_all_files_as_they_are(name):
    folder = RESULTS / name
    content = manifest(folder)
    assert content["experiment"] == name
    assert {"full", REDUCED} <= content.keys()
    assert content["files"] == {f: digest(folder / f) for f in sorted(files(folder) - {MANIFEST})}


@pytest.mark.parametrize("name", names())
def test_results_in_full_and_reduced_are_of_one_study_and_have_the_same_tables(name):
    """The package's own digest may differ: code that changes no number leaves results in full as they are."""
    content = manifest(RESULTS / name)
    assert content["full"]["version"] == content[REDUCED]["version"], f"{name}: {STALE}"
    assert content["full"]["study"] == content[REDUCED]["study"], f"{name}: {STALE}"
    tables = {f for f in content["files"] if f.endswith(".csv")}
    small = {f for f in tables if f.startswith(f"{REDUCED}/")}
    assert {f"{REDUCED}/{f}" for f in tables - small} == small
    assert any(f.endswith(".png") for f in content["files"])


def test_every_experiment_states_an_expectation():
    for folder in sorted((RESULTS.parent / "experiments").glob("[0-9]*_*")):
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert "**Question.**" in text, folder
        assert "**Expectation, written before the run.**" in text, folder


def test_renewing_the_reduced_form_keeps_the_results_in_full(tmp_path, monkeypatch):
    name, said = names()[0], []

    def study(folder, *, reduced, workers):
        said.append(reduced)
        (folder / "numbers.csv").write_text(f"reduced\n{reduced}\n", encoding="utf-8")
        (folder / "picture.png").write_bytes(b"picture")

    monkeypatch.setattr(f"experiments.{name}.study.study", study)
    run(name, out=tmp_path)
    place = run(name, only_reduced=True, out=tmp_path)
    assert said == [False, True, True]
    assert files(place) == {"numbers.csv", "picture.png", f"{REDUCED}/numbers.csv", MANIFEST}
    assert manifest(place)["files"]["numbers.csv"] == digest(place / "numbers.csv")
    assert (place / "numbers.csv").read_text(encoding="utf-8") == "reduced\nFalse\n"
    assert (place / REDUCED / "numbers.csv").read_text(encoding="utf-8") == "reduced\nTrue\n"


def test_runs_in_full_are_kept_where_asked_and_those_of_the_reduced_form_are_not(tmp_path, monkeypatch):
    name, stores = names()[0], []

    def study(folder, *, reduced, workers):
        stores.append(now().store)
        ls.compare("no_dsr", runs=1, seed=1, years=(2010, 2016), workers=1, maps=False)
        (folder / "numbers.csv").write_text("1\n", encoding="utf-8")
        if len(stores) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(f"experiments.{name}.study.study", study)
    monkeypatch.setattr("experiments.running.has_compiler", lambda: False)
    with pytest.raises(KeyboardInterrupt):
        run(name, out=tmp_path / "results", store=tmp_path / "runs")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("*") if p.suffix == ".npz"}
    run(name, out=tmp_path / "results", store=tmp_path / "runs")
    assert stores == [tmp_path / "runs" / name, tmp_path / "runs" / name, None]
    assert before
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_a_study_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    name = names()[0]

    def study(folder, *, reduced, workers):
        (folder / "numbers.csv").write_text("half", encoding="utf-8")
        raise InputError("no more")

    monkeypatch.setattr(f"experiments.{name}.study.study", study)
    with pytest.raises(InputError):
        run(name, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unknown_experiments_are_refused(capsys):
    assert main(["77"]) == 2
    assert "77" in capsys.readouterr().err
    assert chosen([]) == names()


# --- what is claimed ---


ROOT = RESULTS.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README = RESULTS / "README.md"
CLAIMS = re.findall(r"^\| `(\S+)` \| `([^`]+)`", README.read_text(encoding="utf-8"), re.MULTILINE)

#: What runs leave behind and git does not keep.
NOT_KEPT = [
    line.removeprefix("/results/").replace(".*/", ".*/*").removesuffix("/")
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    if line.startswith("/results/")
]


def committed():
    """Files under results/ that git keeps, but for the list of them."""
    found = (path.relative_to(RESULTS).as_posix() for path in RESULTS.rglob("*") if path.is_file())
    return [f for f in found if f != README.name and not any(_in(f, pattern) for pattern in NOT_KEPT)]


def _in(file, pattern):
    return fnmatch(file, pattern) or fnmatch(file, f"{pattern}/*")


def test_every_file_is_made_by_one_command():
    claimed = {file: [c for pattern, c in CLAIMS if _in(file, pattern)] for file in committed()}
    assert {file: by for file, by in claimed.items() if len(by) != 1} == {}


def test_every_line_is_about_something_and_names_a_command_that_there_is():
    for pattern, command in CLAIMS:
        if command.startswith("make "):
            assert f"\n{command.removeprefix('make ')}: " in MAKEFILE, command
            assert any(_in(file, pattern) for file in committed()), pattern


def test_every_folder_of_an_experiment_is_one_that_there_is():
    assert sorted(path.name for path in RESULTS.glob("[0-9]*")) == names()
    for name in names():
        files = {p.relative_to(RESULTS / name).as_posix() for p in (RESULTS / name).rglob("*") if p.is_file()}
        assert files == {*manifest(RESULTS / name)["files"], MANIFEST}, f"{name}: stale files"


def test_every_image_of_the_documents_is_made_by_a_tool_and_shown():
    sys.path.append(str(ROOT / "tools"))
    sys.path.append(str(ROOT / "tests"))
    from make_numbers import CHAIN, FIGURES
    from make_phase import PICTURES as PHASES
    from theory_pictures import PICTURES

    pages = {path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}
    gallery = re.findall(r"\]\(images/plots_(\w+)\.png\)", pages[ROOT / "docs" / "plots.md"])
    made = {
        *FIGURES,
        CHAIN,
        "lead",
        "present_maps",  # written with the page by tools/make_present.py
        "app",  # what a browser shows of `lockin app`
        *PHASES,
        *(f"plots_{name}" for name in gallery),
        *(f"theory_{draw.__name__}" for draw in PICTURES),
    }
    assert {path.stem for path in (ROOT / "docs" / "images").iterdir()} == made
    text = "".join(pages.values())
    assert [name for name in sorted(made) if f"images/{name}.png" not in text] == []


def test_what_this_code_has_made_is_not_made_again(tmp_path, monkeypatch):
    name = names()[0]

    def study(folder, *, reduced, workers):
        (folder / "numbers.csv").write_text(f"reduced\n{reduced}\n", encoding="utf-8")

    monkeypatch.setattr(f"experiments.{name}.study.study", study)
    assert not is_current(name, tmp_path)
    place = run(name, out=tmp_path)
    assert is_current(name, tmp_path)
    (place / REDUCED / "numbers.csv").write_text("changed", encoding="utf-8")
    assert not is_current(name, tmp_path)
    run(name, out=tmp_path)
    monkeypatch.setattr("experiments.running.source_digest", lambda: "another")
    assert not is_current(name, tmp_path)
