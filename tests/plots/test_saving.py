"""Figures on disk: whole, repeatable, or not there."""

import io

import pytest
from matplotlib.image import imread

from lockin_sim import plots
from lockin_sim.errors import InputError


def test_same_figure_same_bytes_and_no_date(results, tmp_path):
    for name in ("one", "two"):
        written = plots.save(plots.effects(results), tmp_path / name / "effects.png", svg=True)
        assert [path.suffix for path in written] == [".png", ".svg"]
    for ending in ("png", "svg"):
        one, two = (tmp_path / name / f"effects.{ending}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    text = (tmp_path / "one" / "effects.svg").read_text(encoding="utf-8")
    assert "dc:date" not in text
    assert b"Software" not in (tmp_path / "one" / "effects.png").read_bytes()[:400]


def test_the_size_is_that_of_160_dots_per_inch(results, tmp_path):
    figure = plots.effects(results)
    (path,) = plots.save(figure, tmp_path / "effects.png")
    assert imread(path).shape[1] == round(160 * figure.get_figwidth())
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_notebook_draws_the_figure_that_a_cell_returns(results):
    figure = plots.effects(results)
    image = imread(io.BytesIO(figure._repr_png_()))
    assert image.shape[1] == pytest.approx(110 * figure.get_figwidth(), abs=1)


def test_a_failure_leaves_the_old_file_and_nothing_else(results, tmp_path, monkeypatch):
    target = tmp_path / "effects.png"
    plots.save(plots.effects(results), target)
    before = target.read_bytes()
    figure = plots.effects(results)

    def breaks(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", breaks)
    with pytest.raises(InputError, match="disk full"):
        plots.save(figure, target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_other_formats_are_refused(results, tmp_path):
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        plots.save(plots.effects(results), tmp_path / "effects.jpg")
