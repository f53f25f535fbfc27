"""What holds of every figure: it states a finding, cuts nothing off, does without colour, and refuses."""

import base64
import inspect
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread
from plots.conftest import make_effects
from plots.readable import assert_readable
from plots.studies import (
    COLUMNS,
    by_country,
    by_domain,
    financed,
    left_of_a_toss,
    of_a_country,
    regional,
    share,
    swept,
    texts,
    title,
)

from lockin_sim.common.errors import InputError
from lockin_sim.pages import plots
from lockin_sim.settings.ensemble import open_posterior

#: Of a comparison: each takes its dataset alone.
COMPARED = ("trajectories", "effects", "two_parts", "body_status")
SAMPLES = {name: (getattr(plots, name), make_effects()) for name in COMPARED} | {
    "fan": (plots.fan, {"baseline": share(), "no_dsr": share(0.2)}),
    "choropleth": (plots.choropleth, by_country([-0.05, -0.03, 0.002, 0.04, np.nan])),
    "vendor_regions": (plots.vendor_regions, regional()),
    "phase_diagram": (plots.phase_diagram, swept(), *COLUMNS),
    "heat_map": (plots.heat_map, by_domain()),
    "what_is_left": (plots.what_is_left, left_of_a_toss()),
    "lead": (plots.lead, financed()),
    "country_parts": (plots.country_parts, of_a_country()),
}
UNITS = dict.fromkeys(SAMPLES, "per cent") | {
    "what_is_left": "points left of 100",
    **dict.fromkeys(("effects", "choropleth", "heat_map"), "percentage points"),
    "lead": "10 points",
}


#: Those that were drawn already, for the next question about them.
DRAWN = {}


def drawn(name):
    draw, *arguments = SAMPLES[name]
    return draw(*arguments)


def ink(figure):
    """Share of pixels that are not white."""
    figure.canvas.draw()
    return float((np.asarray(figure.canvas.buffer_rgba())[..., :3] < 250).any(axis=-1).mean())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_figure_states_a_finding_with_units_nothing_is_cut_off_and_its_input_is_left_alone(name):
    given = SAMPLES[name][1]
    before = given.copy(deep=True) if isinstance(given, xr.Dataset | xr.DataArray) else dict(given)
    figure = DRAWN[name] = drawn(name)
    assert ink(figure) > 0.03
    assert len(title(figure)) > 30
    assert any(UNITS[name] in " ".join(text.split()) for text in texts(figure))
    assert name not in COMPARED or any("500 paired runs" in text.replace("\n", " ") for text in texts(figure))
    assert_readable(figure)
    assert (before.identical(given)) if hasattr(before, "identical") else before == given
    assert "title" in inspect.signature(SAMPLES[name][0]).parameters


@pytest.mark.parametrize("name", SAMPLES)
def test_pages_show_all_of_a_figure_but_its_words(name):
    figure = DRAWN.get(name) or drawn(name)
    outlines, dots = (plots.embedded(figure, most=most) for most in (10**9, 0))
    svg, png = (base64.b64decode(each.uri.partition(",")[2]) for each in (outlines, dots))
    assert outlines.headline.split() == figure.get_suptitle().split()
    assert outlines[:2] == dots[:2]
    text = svg.decode("utf-8")
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) <= set(re.findall(r'id="([^"]+)"', text))
    assert not re.search('id="(headline|note)"', text)
    picture = imread(io.BytesIO(png))
    edges = picture[[0, -1]].min(), picture[:, [0, -1]].min()
    assert min(edges) == 1.0 > 0.5 > picture.min()  # nothing is cut
    for text in figure.texts[:2]:
        assert text.get_visible()
        text.set_visible(False)
    tight = io.BytesIO()
    figure.savefig(tight, format="svg", bbox_inches="tight", pad_inches=0.04)
    box, root = figure.get_tightbbox(), ElementTree.fromstring(svg)
    for text in figure.texts[:2]:
        text.set_visible(True)
    wanted = [float(each) * 96 / 72 for each in re.findall(rb'[th]="([\d.]+)pt"', tight.getvalue())]
    assert (outlines.width, outlines.height) == pytest.approx(wanted, abs=0.6)
    size = [float(root.get(side).removesuffix("pt")) * 96 / 72 for side in ("width", "height")]
    corner, shown = np.split(np.array(root.get("viewBox").split(), dtype=float) * 96 / 72, 2)
    assert size == pytest.approx(wanted, abs=0.6)  # the picture itself, as matplotlib writes it
    assert shown == pytest.approx(wanted, abs=0.6)
    margin = [96 * (box.x0 - 0.04), 96 * (figure.get_figheight() - box.y1 - 0.04)]
    assert corner == pytest.approx(margin, abs=6)
    assert (dots.height, dots.width) == pytest.approx([n * 96 / 160 for n in picture.shape[:2]], abs=1)


def test_figures_of_the_bundled_draws_can_be_read():
    posterior = open_posterior()
    figure = plots.learnt(posterior)
    halved = int((posterior["learnt"] < 0.5).sum())  # what no fact is about loses some, too
    assert f"at least halves the spread of {halved} of" in " ".join(figure.texts[0].get_text().split())
    assert_readable(figure)


def test_numbers_at_the_ends_of_lines_find_room_in_any_unit(results):
    other = results.assign_coords(outcome_unit=("outcome", ["USD bn"] * results.sizes["outcome"]))
    assert_readable(plots.trajectories(other))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_figure_survives_without_colour(name):
    """Two different values are told apart by something else than hue: hatch, marker, dash or lightness."""
    figure = DRAWN.get(name) or drawn(name)
    figure.canvas.draw()
    grey = np.asarray(figure.canvas.buffer_rgba())[..., :3] @ [0.299, 0.587, 0.114]
    assert grey.min() < 80 < 200 < grey.max()
    patches = [each for ax in figure.axes for each in (*ax.patches, *ax.collections)]
    hatched = any(getattr(each, "get_hatch", lambda: None)() for each in patches)
    lines = [line for ax in figure.axes for line in ax.lines]
    looks = {(line.get_marker(), line.get_linestyle()) for line in lines}
    assert hatched or len(looks) > 1


@pytest.mark.parametrize("name", COMPARED)
def test_gaps_few_scenarios_and_other_orders_of_axes_are_drawn(results, name):
    draw = getattr(plots, name)
    turned = results.transpose("statistic", "year", "outcome", "scenario")
    assert draw(turned).get_suptitle() == (DRAWN.get(name) or drawn(name)).get_suptitle()
    assert ink(draw(results.sel(scenario=["baseline"]))) > 0.005
    assert "of 1 " not in draw(results.sel(scenario=["baseline", "no_dsr"])).get_suptitle()
    for variable in ("level", "effect", "effect_low", "effect_high"):
        results[variable].loc[{"scenario": "no_dsr"}] = np.nan
    assert ink(draw(results)) > 0.03
    assert ink(draw(results.where(results["year"] < 0))) > 0.005


SWAPPED = {"effect_low": "effect_high", "effect_high": "effect_low"}
R, E = make_effects(), by_country([0.1, 0.2, 0.3, 0.4, 0.5])
UNOWNED = regional().assign_coords(vendor=["huawei", "zte", "ericsson", "acme"])
GRID = (swept(), *COLUMNS)
TWO_UNITS = R.sel(year=2050).isel(outcome=[0, 1]).assign_coords(outcome_unit=("outcome", ["share", "USD bn"]))


@pytest.mark.parametrize(
    ("said", "name", "arguments", "named"),
    [
        *(("lower end first", name, (R.rename(SWAPPED),), {}) for name in COMPARED),
        ("q05 to q95", "trajectories", (R.assign_coords(statistic=["mean", "q95", "q50", "q05"]),), {}),
        ("cn2035_share", "effects", (R.drop_sel(outcome="cn2035_share"), "cn2035_share"), {}),
        (r"cn2035_shore.*Did you mean 'cn2035_share'", "trajectories", (R, "cn2035_shore"), {}),
        (r"open_lan.*Did you mean 'open_ran'", "trajectories", (R,), {"scenarios": ["open_lan"]}),
        ("2060", "effects", (R,), {"years": (2035, 2060)}),
        ("effect_low", "effects", (R.drop_vars("effect_low"),), {}),
        ("rows of one unit", "heat_map", (TWO_UNITS,), {}),
        (r"sel\(standard=\.\.\.\)", "fan", ({"a": share().expand_dims(standard=["open"])},), {}),
        (r"effects\.sel", "heat_map", (by_domain().expand_dims(group=["world"]),), {}),
        ("rising numbers", "choropleth", (E,), {"steps": [3, 1]}),
        ("XYZ", "choropleth", (E.assign_coords(country=["XYZ", "NGA", "BRA", "FRA", "SGP"]),), {}),
        (r"sel\(year=\.\.\.\)", "choropleth", (E.expand_dims(year=[2050]),), {}),
        ("19 of 20 pairs", "phase_diagram", (swept(missing=3), *COLUMNS), {}),
        ("'switching_cost'", "phase_diagram", (swept(), COLUMNS[0], "switching_cots", COLUMNS[2]), {}),
        ("2040", "phase_diagram", GRID, {"year": 2040}),
        ("network_weight", "phase_diagram", GRID, {"marked": {"switching_cost": 2.5}}),
        ("no 'run'", "fan", (share().mean("run"),), {}),
        ("same years", "fan", ({"a": share(), "b": share().isel(year=slice(1, None))},), {}),
        ("split=True", "fan", ({name: share() for name in "abcd"},), {"split": False}),
        ("acme", "vendor_regions", (UNOWNED,), {}),
        (r"lockin_sim\.calibrate", "learnt", (xr.Dataset(),), {}),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_named(said, name, arguments, named):
    with pytest.raises(InputError, match=said):
        getattr(plots, name)(*arguments, **named)


def test_a_figure_is_declared_once_and_becomes_a_public_name_and_a_file(tmp_path):
    assert set(plots.FIGURES) <= set(plots.__all__)
    assert all(getattr(plots, name) is one.draw for name, one in plots.FIGURES.items())
    assert {"chain", "alternatives"} == {f.file for f in plots.FIGURES.values() if f.of == "chain"}
    (saved,) = plots.saving("lead", financed(), tmp_path)["lead"]()
    assert saved == tmp_path / "lead.png"
    assert saved.is_file()


def test_nothing_here_touches_global_plotting_state():
    code = (
        "import sys; from lockin_sim import plots; import numpy as np, xarray as xr;"
        "values = xr.DataArray(np.zeros((3, 2)), dims=('run', 'year'), coords={'year': [1, 2]});"
        "plots.fan(values); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- saving ---


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
    figure = plots.effects(results, title="So it is")
    assert figure.get_suptitle() == "So it is"
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
