"""One dataset for each figure of runs, sweeps and studies, and what a figure says."""

import numpy as np
import xarray as xr
from matplotlib.text import Text

RUNS, YEARS = 40, np.arange(2010, 2051)
rng = np.random.default_rng
OPEN, DSR = "Mandatory open interfaces", "No Digital Silk Road"


def title(figure):
    return " ".join(figure.get_suptitle().replace("\N{NO-BREAK SPACE}", " ").split())


def texts(figure):
    found = [each.get_text() for each in figure.findobj(Text) if each.get_visible()]
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in found if text.strip()]


def effects_over(mean, half, **coords):
    """Dataset of effects over the coordinates that are lists, with a half width of the intervals."""
    dims = [name for name, values in coords.items() if not np.isscalar(values)]
    values = np.asarray(mean, dtype=float)
    return xr.Dataset(
        {"effect": (dims, values), "effect_low": (dims, values - half), "effect_high": (dims, values + half)},
        coords={"outcome": "x", **coords, "outcome_label": "world share of cn2035", "outcome_unit": "share"},
        attrs={"baseline": "baseline"},
    )


def share(level=0.3, seed=0):
    """(run, year) shares that rise from zero to about ``level``."""
    end = level + rng(seed).normal(0, 0.04, RUNS)
    path = end[:, None] * (YEARS - 2010) / 40
    return xr.DataArray(
        path, dims=("run", "year"), coords={"run": range(RUNS), "year": YEARS, "domain": "mobile_network"},
        name="standard_share", attrs={"units": "1", "long_name": "share of installed capacity"},
    )  # fmt: skip


def regional():
    vendors, groups = ["huawei", "zte", "ericsson", "cisco"], ["world", "Africa", "income:low"]
    raw = rng(2).uniform(0.5, 1.5, (RUNS, 41, 3, 4))
    raw[:, -1, 1, 0] += 20.0  # Chinese vendors lead in Africa at the end
    raw[:, :, 2, 2] += 3.0  # EU vendors lead in low-income economies
    raw /= raw.sum(axis=-1, keepdims=True)
    return xr.DataArray(
        raw, dims=("run", "year", "group", "vendor"),
        coords={"year": YEARS, "group": groups, "vendor": vendors, "domain": "mobile_network"},
        attrs={"units": "1", "long_name": "share of a group's installed capacity"},
    )  # fmt: skip


def swept(missing=None):
    """A sweep whose outcome is x / 10, with a spread over runs, on a grid of 5 by 4 points."""
    x, y = (each.ravel() for each in np.meshgrid(np.linspace(0, 10, 5), np.linspace(0, 8, 4), indexing="ij"))
    values = (x / 10)[:, None, None] + rng(5).normal(0, 0.02, (20, 6, 1)) + np.array([0.0, 0.01])
    about = {"units": "share", "long_name": "pull of the switching cost"}
    ds = xr.Dataset(
        {"switching_pull": (("point", "run", "year"), values, about)},
        coords={
            "point": range(20), "run": range(6), "year": [2035, 2050],
            "switching_cost": ("point", x, {"units": "utility"}),
            "network_weight": ("point", y, {"units": "utility"}),
            "scenario": ("point", ["baseline"] * 20),
        },
    )  # fmt: skip
    return ds if missing is None else ds.drop_isel(point=[missing])


def by_domain():
    mean = [[0, 0, 0], [-0.05, -0.002, 0.001], [0.01, np.nan, -0.02]]
    return effects_over(mean, 0.004, scenario=["baseline", "no_dsr", "open_ran"],
                        domain=["mobile_network", "cloud", "smart_city"], year=2050)  # fmt: skip


def contrasted():
    """A contrast of two arms with a third: the first is clear in all futures, the second not."""
    mean = np.array([[0.0, 0.0], [-0.05, -0.06], [0.01, -0.02]])
    ds = effects_over(mean, 0.004, arm=["as it is", "no loans", "late"], year=[2035, 2050])
    dims = ("arm", "year")
    futures = {"agree": [[1, 1], [1, 1], [0.6, 0.7]], "effect_q05": mean - 0.02, "effect_q95": mean + 0.02}
    every = np.full(mean.shape, 64)
    data = {name: (dims, values) for name, values in futures.items()}
    data |= {"effect_draws": (dims, every), "pairs_used": (dims, every)}
    return ds.assign(data).assign_attrs(against="as it is", posterior="bundled")


def by_country(mean, half=0.01):
    names = ["KEN", "NGA", "BRA", "FRA", "SGP"]
    return effects_over(mean, half, country=names).assign_coords(outcome_label="dependence on China")


COLUMNS = "switching_pull", "switching_cost", "network_weight"


def left_of_a_toss(places=("KEN", "income:low"), causes=("nothing", "switching_cost", "all")):
    """A trial of lock-in, whose numbers fall to a half in ten years."""
    after = np.array([3, 10, 25])
    mean = 100 * 0.5 ** (after / 10) * np.linspace(1.0, 0.6, len(causes))[:, None, None]
    mean = np.broadcast_to(mean, (len(causes), len(places), len(after)))
    axes = ("without", "place", "after")
    names = {"KEN": "Kenya", "income:low": "Low-income economies"}
    kinds = ["country" if len(place) == 3 else "group" for place in places]
    coords = {
        "without": list(causes), "without_label": ("without", [f"without {cause}" for cause in causes]),
        "place": list(places), "place_label": ("place", [names.get(place, place) for place in places]),
        "place_kind": ("place", kinds), "after": after,
    }  # fmt: skip
    ends = {"left": mean, "left_low": mean - 4, "left_high": mean + 4}
    ds = xr.Dataset({name: (axes, values) for name, values in ends.items()}, coords=coords)
    about = {"domain": "mobile_network", "vendors": "huawei ericsson", "sponsor": "CHN", "year": 2025}
    return ds.assign_attrs(about | {"in_place": "lots", "draws": 64, "followed": 25})


def financed(won=0.1, rest=0.3):
    """A financed lead: what loans won until 2030, and a part that is left in 2050; half as much as lent, and
    nothing left where leaving is free."""
    years = np.arange(2010, 2051)
    path = np.where(years <= 2030, (years - 2010) / 20, rest + (1 - rest) * (2050 - years) / 20)
    free = np.where(years <= 2030, path, 0.0)
    labels = {
        "arm": ["never", "as_lent_then_stopped", "programme"],
        "without": ["nothing", "switching_cost_after"], "regulators": ["off", "on"],
        "place": ["Africa"], "domain": ["mobile_network"], "year": years,
    }  # fmt: skip
    axes = tuple(labels)
    size = np.multiply.outer(np.array([0.0, won / 2, won]), np.ones((2, 2)))[..., None, None, None]
    moved = size * np.stack([path, free])[:, None, None, None]
    data = {"equipment": (axes, moved), "equipment_level": (axes, 0.5 + moved)}
    data |= {"won": (axes[:-1], moved[..., 20])}
    arms = ["no loan from 2011 on", "as on record", "3.5 bn USD a year, 2011 to 2030, then none"]
    said = {"arm": arms, "place": ["Africa"], "domain": ["mobile networks"]}
    about = {"lender": "CHN", "since": 2011, "until": 2030, "recorded_until": 2021, "programme": 3.5}
    coords = labels | {f"{axis}_label": (axis, names) for axis, names in said.items()}
    return xr.Dataset(data, coords, about)


def of_a_country(recorded=2):
    """The data of one economy: a vendor's part of its networks, with and without what holds it."""
    years, arms = np.arange(2010, 2036), ["baseline", "switching_cost", "tastes"]
    later = np.maximum(years - 2025, 0) / 100
    path = 0.4 + np.stack([later, later / 2, -later])
    data = {
        f"path{end}": (("arm", "year"), path + by) for end, by in (("", 0), ("_low", -0.3), ("_high", 0.3))
    }
    data |= {
        "part": (("place", "year"), np.stack([path[0], 0.2 + later])),
        "effect": ("arm", [0.0, -0.05, -0.2]),
    }
    coords = {"arm": arms, "year": years, "place": ["KEN", "income:lower_middle"]}
    coords |= {"place_kind": ("place", ["economy", "group"])}
    about = {"country": "KEN", "domain": "mobile_network", "vendors": "huawei ericsson", "present": 2025}
    return xr.Dataset(data, coords, about | {"draws": 64, "operators_recorded": recorded})
