"""The bundled outlines, their projection, and maps: every economy in a class, and a title that counts."""

from importlib.resources import files

import numpy as np
import pytest
import xarray as xr
from plots.readable import assert_readable
from plots.studies import by_country, texts, title

from lockin_sim.common.errors import InputError
from lockin_sim.pages import plots
from lockin_sim.pages.plots.kit.maps import (
    EARTH_RADIUS,
    build_compound_path,
    build_effect_classes,
    compute_land_area,
    compute_map_edge,
    list_dot_economies,
    load_world_map,
    project_equal_earth,
    project_rings,
)
from lockin_sim.pages.plots.kit.style import compute_lightness
from lockin_sim.pages.plots.maps import _find_leaders

SPONSORS = ("CHN", "USA", "EU")


@pytest.fixture
def parts(economies):
    """Sponsors' parts of the networks of the 199 economies."""
    values = np.random.default_rng(1).dirichlet(np.ones(4), len(economies))[:, :3]
    where = {"country": list(economies), "sponsor": list(SPONSORS), "domain": "mobile_network", "year": 2035}
    return xr.DataArray(values, coords=where, dims=("country", "sponsor"), attrs={"units": "1"})


def owner_of(longitude, latitude):
    """The economies whose outline holds a point."""
    return {
        iso3
        for iso3, rings in load_world_map().economies.items()
        if sum(build_compound_path([ring]).contains_point((longitude, latitude)) for ring in rings) % 2
    }


def test_every_economy_has_an_outline_or_a_dot(economies):
    assert len(set(economies)) == 199
    drawn = set(load_world_map().economies)
    assert drawn <= set(economies)
    assert set(economies) - drawn <= set(list_dot_economies(economies))
    assert set(load_world_map().metadata["without_polygon"]) == set(economies) - drawn
    assert {"SGP", "MLT", "TUV", "VAT", "HKG", "MAC", "BHR"} <= set(list_dot_economies(economies))
    assert not {"PSE", "XKX", "TWN"} & (set(economies) - drawn)
    assert not {"CYP", "JAM", "QAT", "BRA"} & set(list_dot_economies(economies))


def test_outlines_lie_on_the_globe():
    world = load_world_map()
    rings = [*world.other_land, *(ring for rings in world.economies.values() for ring in rings)]
    assert len(world.other_land) > 5
    for ring in rings:
        assert len(ring) >= 3
        assert np.all((ring[:, 0] >= -185) & (ring[:, 0] <= 200))
        assert np.all((ring[:, 1] > -60) & (ring[:, 1] <= 84))  # no Antarctica
        assert np.ptp(ring[:, 0]) < 180


def test_the_file_is_small_and_says_where_it_comes_from():
    size = len((files("lockin_sim") / "data" / "world_map.json").read_bytes())
    assert size < 350_000
    assert "Natural Earth" in load_world_map().metadata["source"]
    assert "public domain" in load_world_map().metadata["license"]


@pytest.mark.parametrize(
    ("iso3", "thousands"),
    [
        ("BRA", 8_510),
        ("CHN", 9_400),
        ("KEN", 580),
        ("ZAF", 1_220),
    ],
)
def test_areas_are_those_of_the_countries(iso3, thousands):
    rings = project_rings(load_world_map().economies[iso3], load_world_map().central_meridian)
    assert compute_land_area(rings) / 1000 == pytest.approx(thousands, rel=0.03)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "owner"),
    [
        ("Paris", 2.35, 48.85, {"FRA"}),
        ("Chukotka", 184.0, 66.5, {"RUS"}),
        ("Simferopol", 34.1, 44.95, {"UKR"}),
        ("Taichung", 120.9, 24.1, {"TWN"}),
        ("Maseru's hinterland", 28.2, -29.5, {"LSO"}),
        ("Smara", -11.7, 26.7, set()),
    ],
)
def test_places_lie_where_they_should(place, longitude, latitude, owner):
    assert owner_of(longitude, latitude) == owner, place


def test_the_projection_keeps_areas_and_the_published_extent():
    assert compute_land_area([compute_map_edge(0.0)]) == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-4)
    x, y = project_equal_earth([180.0, 0.0], [0.0, 90.0])[:, [0, 1]].diagonal()
    assert (x, y) == pytest.approx((2.7066, 1.3174), abs=1e-4)  # Savric et al. (2019)
    box = np.array([[10, 50], [11, 50], [11, 51], [10, 51]], dtype=float)
    sphere = np.deg2rad(1) * (np.sin(np.deg2rad(51)) - np.sin(np.deg2rad(50))) * EARTH_RADIUS**2
    assert compute_land_area([project_equal_earth(box[:, 0], box[:, 1])]) == pytest.approx(sphere, rel=1e-3)


def test_ranking_by_hand():
    shares = np.array([[0.3, 0.4], [0.1, 0.2], [np.nan, np.nan], [0.8, np.nan], [0.5, 0.5], [0.0, 0.0]])
    leading, steps = _find_leaders(shares)
    assert leading.tolist() == [1, -1, -1, 0, 0, -1]  # in the second vendors of no sponsor lead
    assert steps.tolist() == [0, -1, -1, 2, 1, -1]


def test_the_map_counts_in_whom_vendors_lead(economies, parts):
    held = parts.copy(data=np.zeros(parts.shape))
    held[:90, 0], held[90:150, 1], held[150:160, 2] = 0.6, 0.9, 0.55
    figure = plots.leaders(held)
    assert_readable(figure)
    assert title(figure) == (
        "Chinese vendors lead in mobile networks in 90 of 199 economies, "
        "US ones in 60 and EU ones in 10 (2035)"
    )
    assert {"39", "50\N{EN DASH}75 %"} <= set(texts(figure))  # in 39 nobody leads
    assert title(plots.leaders(0 * held)).startswith("No sponsor's vendors lead in mobile networks")


def test_the_map_draws_every_economy_once(economies, parts):
    figure = plots.leaders(parts)
    collections = [each for each in figure.axes[0].collections if each.get_zorder() == 2]
    assert sum(len(each.get_paths()) for each in collections) == len(load_world_map().economies)
    dots = [each for each in figure.axes[0].collections if each.get_zorder() == 3]
    assert sum(len(each.get_offsets()) for each in dots) == len(list_dot_economies(economies))
    figure.canvas.draw()
    assert (np.asarray(figure.canvas.buffer_rgba())[..., :3] < 200).any(axis=-1).mean() > 0.1


def test_the_map_refuses_what_does_not_fit(economies, parts):
    with pytest.raises(InputError, match=r"sel\(domain=\.\.\.\)"):  # domains are never added up
        plots.leaders(parts.expand_dims(domain=["mobile_network", "cloud"]))
    with pytest.raises(InputError, match="no 'sponsor'"):
        plots.leaders(parts.sel(sponsor="CHN"))
    nowhere = np.where(np.array(economies)[:, None] == "TUV", np.nan, np.ones((199, 2)))
    with pytest.raises(InputError, match="TUV"):
        plots.leaders(parts, capitals=nowhere)


def test_the_map_counts_falls_and_rises_and_names_the_largest_market():
    figure = plots.choropleth(by_country([-0.05, -0.03, 0.002, 0.04, np.nan]))
    assert title(figure) == (
        "Dependence on China: falls in 2 and rises in 1 of 4 economies; the largest market "
        "among these is France, +4.0 percentage points"
    )
    dated = by_country([-0.05, -0.03, 0.002, 0.04, np.nan]).assign_coords(year=2050)
    assert ", 2050: " in title(plots.choropleth(dated.assign_attrs(baseline="baseline", runs=40)))
    turned = plots.choropleth(by_country([0.05, 0.03, -0.002, -0.04, np.nan]))
    assert "rises in 2 and falls in 1" in title(turned)
    assert "the largest market among these is France, −4.0 percentage points" in title(turned)
    assert "no clear effect in any of 5 economies" in title(plots.choropleth(by_country([0.001] * 5)))
    assert {"1 economy", "unclear or none", "no value"} <= set(texts(figure))


def test_every_economy_is_in_one_class_and_signs_differ_without_colour():
    effect = np.array([-5.0, -0.5, 0.1, 2.0, 7.0, np.nan])
    classes = build_effect_classes(effect, np.abs(effect) > 0.2, [0.0, 2.0, 4.0])
    assert np.array_equal(sum(each.mask.astype(int) for each in classes), np.ones(6))
    assert [int(each.mask.sum()) for each in classes] == [1, 0, 1, 1, 0, 1, 1, 1]
    falls, unclear, rises = classes[:3], classes[3], classes[4:7]
    assert {each.paint.hatch for each in falls} == {"...."}
    assert {each.paint.hatch for each in rises} == {None}
    assert unclear.paint.hatch == "/////"
    greys = [compute_lightness(each.paint.face) for each in rises]
    assert greys == sorted(greys, reverse=True)
    assert np.min(np.abs(np.diff(greys))) > 0.05


def test_a_map_of_runs_draws_means_and_hatches_what_differs():
    level = xr.DataArray(
        [[0.1, 0.9], [0.9, 0.9]], dims=("run", "country"),
        coords={"country": ["KEN", "NPL"], "sponsor": "USA"},
        attrs={"units": "1", "long_name": "share of a country's base"},
    )  # fmt: skip
    figure = plots.choropleth(level, steps=[0, 25, 50, 75])
    assert "50 % in Kenya (nine in ten runs: 10 to 90) and 90 % in Nepal (nine in ten runs: 90 " in title(
        figure
    )
    assert "median of 2 economies 70 %" in title(figure)
    assert "United States" in title(figure)
    hatches = [each.get_hatch() for each in figure.axes[0].collections]
    assert sum(bool(hatch) for hatch in hatches) == 1
    single = plots.choropleth(level.isel(run=0), steps=[0, 25, 50, 75])
    assert not any(each.get_hatch() for each in single.axes[0].collections)
