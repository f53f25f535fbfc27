"""`lockin compare` leaves a report, and `lockin report` makes it again."""

from __future__ import annotations

import re
from pathlib import Path

import odd_results
import pytest

from lockin_sim.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "results"
    options = ["--runs", "2", "--workers", "1", "--years", "2010-2036", "--out", str(out)]
    assert main(["compare", "no_dsr", *options]) == 0
    return out


def test_the_report_of_the_main_job_can_be_made_again_from_its_folder(folder: Path, tmp_path: Path, capsys):
    again = tmp_path / "deep" / "again.html"
    assert main(["report", str(folder), "--out", str(again)]) == 0
    assert str(again) in capsys.readouterr().out.replace("\n", "")
    assert again.read_bytes() == (folder / "report.html").read_bytes()
    assert '"report.html"' in (folder / "manifest.json").read_text(encoding="utf-8")


def test_the_level_in_the_readme_and_images_can_be_made_from_it(folder: Path, tmp_path: Path):
    def shape(words: str) -> str:
        return re.sub(r"\b\d+\b", "#", " ".join(words.split()))

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (old,) = re.findall(r"<!-- generated: level -->\n(.*?)\n<!-- end -->", readme, re.DOTALL)
    assert shape(old) == shape(odd_results.level(folder))
    odd_results.copy_figures(folder, tmp_path)
    figures = {*odd_results.IMAGES, odd_results.EFFECTS}
    assert all((tmp_path / f"{name}.png").exists() for name in figures)
    assert figures <= {path.stem for path in (ROOT / "docs" / "images").iterdir()}


@pytest.mark.parametrize("content", [None, {}, {"zarr.json": "{}"}, {"manifest.json": "{}"}])
def test_a_folder_that_is_no_comparison_is_refused_with_one_message(content, tmp_path: Path, capsys):
    place = tmp_path / "store"
    if content is not None:
        place.mkdir()
        for name, text in content.items():
            (place / name).write_text(text, encoding="utf-8")
    assert main(["report", str(place)]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert str(place) in said
    assert "a folder made by `lockin compare`" in said
    assert not (place / "report.html").exists()
