"""Is everything that is committed and made from runs claimed by a command that makes it?"""

import re
import sys
from fnmatch import fnmatch

from experiments.running import REDUCED, RESULTS, is_current, manifest, names, run
from lockin_sim.results import MANIFEST

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


def test_one_command_makes_all_parts():
    _, _, recipe = MAKEFILE.partition("\nresults: ")
    assert re.findall(r"\$\(MAKE\) (\w+)", recipe.partition("\n\n")[0]) == [
        "experiments",
        "documents",
        "notebooks",
    ]
    _, _, recipe = MAKEFILE.partition("\ndocuments: ")
    for tool in (
        "claims",
        "compare",
        "make_odd.py --measure --results",
        "make_gallery",
        "make_history",
        "make_theory",
    ):
        assert tool in recipe.partition("\n\n")[0]


def test_every_image_of_the_documents_is_made_by_a_tool_and_shown():
    sys.path.append(str(ROOT / "tools"))
    sys.path.append(str(ROOT / "tests"))
    from odd_results import EFFECTS, IMAGES
    from theory_pictures import PICTURES

    pages = {path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}
    history = re.findall(r"\]\(images/(history_\w+)\.png\)", pages[ROOT / "docs" / "history.md"])
    gallery = re.findall(r"\]\(images/plots_(\w+)\.png\)", pages[ROOT / "docs" / "plots.md"])
    made = {
        *IMAGES,
        EFFECTS,
        "chain",  # copied from the results of experiment 10
        "app",  # what a browser shows of `lockin app`
        *(f"plots_{name}" for name in gallery),
        *history,  # written with the page by tools/make_history.py
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
