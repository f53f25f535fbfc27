"""Binary choice with social interactions: mean field, few agents, both orders of updating, graphs.

Choices are -1 and +1, P(+) = 1 / (1 + exp(-2 (bh + bJ m))): in this model quality is 2 bh and the
network effect 2 bJ, over the noise scale.
"""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse
from theory import exact, few
from theory.regions import ALPHA, Region, Z, bernstein, dkw
from theory.runs import market, on, one_a_step, settled, shares, with_path

import lockin_sim as ls

N = 10_000


def mean_choice(path):
    """m of the share of vendor 1."""
    return 2 * path - 1


LARGE = [
    (1.5, 0.0, 0),
    (1.75, -0.1, 1),
    (0.8, 0.0, 1),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in ((1.2, 0.0, 1), (1.75, 0.1, 1), (0.6, 0.25, 0))
    ),
]


@pytest.mark.parametrize(("bj", "bh", "start"), LARGE)
def test_v06_mean_choice_of_a_large_population(case, bj, bh, start):
    """The mean choice settles at a root of m = tanh(bh + bJ m): two stable ones above bJ = 1, one below."""
    m = exact.magnetisation(bj, bh, 1.0 if start == 0 else -1.0)
    world = {"installed": on(start, N, 2), "quality": np.array([2 * bh, 0.0])}
    ds = case.simulated(N, 2, 60, world=world, network_weight=2 * bj)
    measured = mean_choice(ds.vendor_share.values[0, 30:, 0, 0])
    decay = bj * (1 - m**2)
    half = Z * np.sqrt((1 - m**2) / (N * len(measured))) / (1 - decay)
    half += (bj * abs(m) * decay / (N * (1 - decay**2)) + 2 * bj / N) / (1 - decay)
    region = Region(m - half, m + half, "martingale, known variance")
    case.check(f"mean choice, bJ = {bj}, bh = {bh}", m, measured.mean(), region, N * len(measured))


DOWN = np.round(np.arange(0.35, -0.351, -0.02), 4)
HOLD = 10


def swept(case, bj, n, copies):
    """Mean choice at the end of each hold as the field is swept down and up again.  (sweep, field, copy)."""
    field = np.concatenate([DOWN[:1], np.repeat(np.concatenate([DOWN, -DOWN]), HOLD)])
    quality = np.zeros((len(field), copies, 2))
    quality[..., 0] = 2 * field[:, None]
    toy = ls.toy_world(n, 2, copies, installed=on(0, n, 2, copies), influence=np.full((n, n), 1 / n))
    ds = case.played(with_path(toy, quality), len(field) - 1, network_weight=2 * bj)
    return mean_choice(ds.vendor_share.values[0, HOLD::HOLD, :, 0]).reshape(2, len(DOWN), copies)


@pytest.mark.parametrize(("bj", "n"), [(1.5, 250), pytest.param(1.35, 1_500, marks=pytest.mark.slow)])
def test_v06_hysteresis_loop(case, bj, n):
    """A majority gives way only at a field of -h_c on the way down and +h_c on the way up, not at 0.

    The field at which n buyers change sides has an exact law; its centre tends to h_c with n.
    """
    copies, law = 3, few.tipping_law(n, bj, DOWN, HOLD)
    low, high = (float(DOWN[np.searchsorted(law.cumsum(), q)]) for q in (1 - ALPHA / 2, ALPHA / 2))
    path = swept(case, bj, n, copies)
    region = Region(low - 1e-9, high + 1e-9, "exact law of n buyers")
    tip = -exact.tipping_field(bj)
    for sweep, side in enumerate(("down", "up")):
        lost = path[sweep] * (1, -1)[sweep] < 0
        for copy in range(copies):
            steps = zip(np.concatenate([DOWN, -DOWN]), path[..., copy].ravel(), strict=True)
            case.check(
                f"field against the majority that tips it, {side}, copy {copy}, bJ = {bj}",
                tip,
                DOWN[lost[:, copy].argmax()],
                region,
                n,
                loop=";".join(f"{h:.2f},{m:.4f}" for h, m in steps),
                bj=bj,
            )


@pytest.mark.parametrize("k", [3, *(pytest.param(k, marks=pytest.mark.slow) for k in (4, 5, 7))])
def test_v09_many_vendors_tip_abruptly(case, k):
    """With K > 2 vendors a leader holds on above g_sn and vanishes below; equals are stable up to g = K."""
    turning, _ = exact.locked_from(k, 0.0)
    n = 3_000
    for over, start in ((1.05, "a leader"), (1.05, "equals"), (0.93, "a leader")):
        g, shares_ = over * turning, np.eye(k)[0] if start == "a leader" else np.full(k, 1 / k)
        path = shares(market(case.seed((g, start)), n, k, 70, g, 0.0, shares_))
        what = f"share of vendor 1 from {start}, K = {k}, g = {g:.3f}"
        settled(case, what, path[35:], n, k, g, 0.0, exact.mean_field(shares_, g, 0.0))


# --- a few, one at a time and all at once ---------------------------------------------------------------


def number_on_a(case, n, bj, bh=0.0, *, steps, copies, runs, engine="core", **world):
    """How many of n are on A, who all begin there.  (run, year, copy)."""
    start = {"installed": on(0, n, 2, copies), "quality": np.array([2 * bh, 0.0])}
    how = {"copies": copies, "runs": runs, "engine": engine, "network_weight": 2 * bj}
    ds = case.simulated(n, 2, steps, **how, world=start | world)
    return np.rint(ds.vendor_share.values[..., 0] * n).astype(int)


ONE = [
    ("core", 32, 50, 10, 1.4, 0.0, 10),
    pytest.param("core", 64, 50, 12, 1.2, 0.05, 8, marks=pytest.mark.slow),
    ("mesa", 1, 40, 5, 1.3, 0.0, 3),
]


@pytest.mark.parametrize(("engine", "runs", "copies", "n", "bj", "bh", "sweeps"), ONE)
def test_v07_one_at_a_time(case, engine, runs, copies, n, bj, bh, sweeps):
    """A few who reconsider one by one, seeing the others: the birth-death chain, its law and first exit."""
    steps = sweeps * n
    calendar = one_a_step(case.rng, steps, n, copies, runs)
    k = number_on_a(case, n, bj, bh, steps=steps, copies=copies, runs=runs, engine=engine, calendar=calendar)
    chain = few.one_at_a_time(n, bj, bh)
    law = np.eye(n + 1)[n] @ np.linalg.matrix_power(chain, steps)
    case.counts(
        f"number on A after {sweeps} sweeps, N = {n}, bJ = {bj}",
        law,
        np.bincount(k[:, -1].ravel(), minlength=n + 1),
    )
    lead = float(law[n // 2 + 1 :].sum())
    case.proportion("first mover still leads", lead, k[:, -1] > n / 2)
    met = few.hitting(chain, n, lambda state: state <= n // 2, steps)[-1]
    case.proportion("lost the lead at some time", met, (k <= n // 2).any(axis=1))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "bj", "bh"), [(20, 1.5, 0.0), (50, 1.2, 0.0), (50, 1.2, 0.05)])
def test_v07_one_at_a_time_as_published(case, n, bj, bh):
    """Twenty and fifty who reconsider one by one for twenty sweeps."""
    test_v07_one_at_a_time(case, "core", 40, 50, n, bj, bh, 20)


@pytest.mark.parametrize(
    ("n", "bj"),
    [
        (4, 1.5),
        *(pytest.param(*c, marks=pytest.mark.slow) for c in ((6, 1.5), (9, 0.9), (8, 1.5), (12, 1.5))),
    ],
)
def test_v07_mean_time_until_a_majority_is_lost(case, n, bj):
    """One by one a few lose any majority in the end, after a time that has a closed form."""
    runs, copies = 24, 50
    chain, lost = few.one_at_a_time(n, bj), lambda k: k <= n // 2
    mean, _ = few.passage(chain, n, lost)
    steps = int(3 * mean)
    kept = 1 - few.hitting(chain, n, lost, steps)
    limited = kept[:-1].sum()  # of min(T, steps): sum of survival
    sd = np.sqrt(((2 * np.arange(steps) + 1) * kept[:-1]).sum() - limited**2)
    calendar = one_a_step(case.rng, steps, n, copies, runs)
    gone = lost(number_on_a(case, n, bj, steps=steps, copies=copies, runs=runs, calendar=calendar))
    time = np.where(gone.any(axis=1), gone.argmax(axis=1), steps)
    what = f"mean updates until a majority of {n} is lost, at most {steps}, bJ = {bj}"
    region = bernstein(limited, sd, time.size, high=steps)
    case.check(what, limited, time.mean(), region, time.size, buyers=n, exit_bj=bj)


def test_v07_time_until_a_majority_is_lost_as_published(case):
    """The closed form gives the published times of twenty and fifty buyers: growth that is exponential."""
    for n, bj, bh, mean, sd in (
        (20, 1.5, 0.0, 2158.515, 2087.9),
        (50, 1.2, 0.0, 2816.450, 2516.9),
        (50, 1.5, 0.0, 165136.4, 164821.8),
        (50, 1.2, 0.05, 1221.128, 947.0),
    ):
        found = few.passage(few.one_at_a_time(n, bj, bh), 0, lambda k, n=n: k >= n // 2)
        case.exactly(f"mean updates, N = {n}, bJ = {bj}, bh = {bh}", mean, found[0], relative=1e-6)
        case.exactly(f"their sd, N = {n}, bJ = {bj}, bh = {bh}", sd, found[1], relative=1e-4)


TOGETHER = [
    ("core", 40, 50, 20, 1.5, 0.0, 20),
    ("core", 40, 50, 11, 1.3, 0.04, 9),
    ("mesa", 1, 60, 5, 1.3, 0.0, 3),
]


@pytest.mark.parametrize(("engine", "runs", "copies", "n", "bj", "bh", "periods"), TOGETHER)
def test_v08_all_at_once(case, engine, runs, copies, n, bj, bh, periods):
    """All reconsider together and count themselves: binomial steps, another law than one by one."""
    influence = np.full((n, n), 1 / n)
    k = number_on_a(
        case, n, bj, bh, steps=periods, copies=copies, runs=runs, engine=engine, influence=influence
    )
    law = np.eye(n + 1)[n] @ np.linalg.matrix_power(few.all_at_once(n, bj, bh), periods)
    counts = np.bincount(k[:, -1].ravel(), minlength=n + 1)
    case.counts(f"number on A after {periods} periods, N = {n}, bJ = {bj}", law, counts)
    case.proportion("first mover still leads", law[n // 2 + 1 :].sum(), k[:, -1] > n / 2)
    size = k[:, -1].size
    reached = float(np.abs(counts.cumsum() / size - law.cumsum()).max())
    case.check("distance of the distributions", 0.0, reached, dkw(size), size)


GRAPHS = {
    "ring of 12": (nx.cycle_graph(12), 0.8, 0.0, 60),
    "ring of 9": (nx.cycle_graph(9), 0.55, 0.12, 45),
    "Petersen": (nx.petersen_graph(), 0.4, 0.1, 60),
    "star of 10": (nx.star_graph(10), 0.5, 0.0, 60),
    "path of 4": (nx.path_graph(4), 0.7, -0.15, 10),
}


@pytest.mark.parametrize(
    ("engine", "name", "runs", "copies"),
    [
        *(("core", name, 48, 25) for name in ("ring of 9", "star of 10", "path of 4")),
        *(pytest.param("core", name, 48, 50, marks=pytest.mark.slow) for name in ("ring of 12", "Petersen")),
        ("mesa", "path of 4", 2, 30),
    ],
)
def test_v34_logit_on_a_graph(case, engine, name, runs, copies):
    """On any graph, one by one: the law of 2^N patterns from a monopoly, and Gibbs' law stays as it is."""
    graph, bj, bh, steps = GRAPHS[name]
    adjacency = nx.to_numpy_array(graph)
    n = len(adjacency)
    stationary = few.gibbs(adjacency, bj, bh)
    drawn = case.rng.choice(2**n, size=(runs, copies), p=stationary)
    drawn[: runs // 2] = 2**n - 1  # half of the runs start with everybody on A
    plus = few.spins(n)[drawn].transpose(0, 2, 1) > 0
    world = {
        "installed": np.stack([plus, ~plus], axis=-1).astype(float),
        "quality": np.array([2 * bh, 0.0]),
        "influence": sparse.csr_array(adjacency) if engine == "core" else adjacency,
        "calendar": one_a_step(case.rng, steps, n, copies, runs),
    }
    how = {"copies": copies, "runs": runs, "engine": engine, "network_weight": 2 * bj}
    ds = case.simulated(n, 2, steps, **how, record="installed", world=world)
    sigma = 2 * ds.installed.values[:, -1, ..., 0].transpose(0, 2, 1) - 1  # (run, copy, site)
    total = np.rint((sigma.sum(axis=-1) + n) / 2).astype(int)
    patterns = few.spins(n)
    on_a = np.rint((patterns.sum(axis=1) + n) / 2).astype(int)
    moved = few.glauber(adjacency, bj, bh, np.eye(2**n)[-1], steps)
    for what, law, part in (
        ("from all on A", moved, slice(0, runs // 2)),
        ("from Gibbs' law", stationary, slice(runs // 2, None)),
    ):
        by_count = np.bincount(on_a, law, n + 1)
        case.counts(
            f"number on A, {name}, {what}", by_count, np.bincount(total[part].ravel(), minlength=n + 1)
        )
        case.proportion(f"all on A, {name}, {what}", law[-1], total[part] == n)
        pair = next(iter(graph.edges))
        agree = float(law @ (patterns[:, pair[0]] == patterns[:, pair[1]]))
        case.proportion(
            f"neighbours agree, {name}, {what}", agree, sigma[part][..., pair[0]] == sigma[part][..., pair[1]]
        )


@pytest.mark.slow
def test_v34_order_on_the_square_lattice(case):
    """On a square grid order survives above bJ = ln(1 + sqrt 2) / 2, with Onsager's and Yang's strength."""
    side, bj = 64, 0.5
    n = side * side
    grid = nx.to_scipy_sparse_array(nx.grid_2d_graph(side, side, periodic=True), format="csr")
    odd = (np.add.outer(np.arange(side), np.arange(side)) % 2).reshape(n, 1).astype(bool)
    steps = 400
    calendar = np.where(np.arange(steps)[:, None, None] % 2, odd, ~odd)  # neighbours never move together
    world = {"installed": on(0, n, 2), "influence": grid, "calendar": calendar}
    ds = case.simulated(n, 2, steps, network_weight=2 * bj, world=world)
    measured = float(mean_choice(ds.vendor_share.values[0, 100:, 0, 0]).mean())
    yang = (1 - np.sinh(2 * bj) ** -4) ** (1 / 8)
    region = Region(yang - 0.01, yang + 0.01, "finite size and time, as published")
    case.check("mean choice on the grid", yang, measured, region, n * 300)
