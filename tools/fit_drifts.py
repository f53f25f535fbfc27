"""Fit the qualities of vendors with half and with twice the drift, beside the history as it is fitted.

    python tools/fit_drifts.py [--runs 128] [--rounds 3] [--seed 10] [DOMAIN ...]

After ``python tools/fit_history.py``, whose bonuses at home, residuals and tastes stay as they are: only
knots are sought, with another standard deviation of a vendor's moves.  Rewrites ``quality_drifts.csv`` in
``lockin_sim/data`` for the domains named, for all without any: of each knot how it differs from what the
same runs give with the drift of the history, so that few runs will do.  Prints how far the record is met; and
what facts and priors leave open, by the fit's own derivatives: standard deviations of the level and the trend
of the qualities of the sponsor under study against all others', and of bonuses at home.  The ranges of
``sponsor_quality``, ``sponsor_quality_trend`` and ``home_preference`` come from those of mobile networks.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import numpy as np
from fit_history import LAST, Fit, Means, rewrite, rows_of

from lockin_sim.common.engines import limit_blas_threads

#: Columns of the table, and the drift that each is fitted with, over that of the history.
DRIFTS = {"half": 0.5, "twice": 2.0}
KEY = ("domain", "vendor", "year")

type Knot = tuple[str, ...]  # domain, vendor, year


def knots_alone(domains: Sequence[str], runs: int, seed: int, drift: float) -> Fit:
    """The fit of the history in which only knots are unknown."""
    fit = Fit(domains, runs, seed, drift)
    fit.unknowns = [u for u in fit.unknowns if u.kind == "knot"]
    return fit


def write(domains: Sequence[str], columns: Mapping[str, Mapping[Knot, float]]) -> None:
    """Rewrite the table; rows of other domains stay as they are."""
    kept = [row for row in rows_of("quality_drifts") if row["domain"] not in domains]
    for key in next(iter(columns.values())):
        sizes = {name: f"{column[key]:.3f}" for name, column in columns.items()}
        kept.append(dict(zip(KEY, key, strict=True)) | sizes)
    rewrite("quality_drifts", kept)


def fitted(fit: Fit, drift: float, rounds: int) -> np.ndarray:
    """The most probable knots, and a line on how far the record is met with them."""
    values = np.array([u.value for u in fit.unknowns])
    for _ in range(rounds):
        values, loss = fit.step(values)
    shares = fit.compared(fit.simulated(fit.world_with(values), LAST))
    off = [(fact.share - share) / fact.error for fact, share in zip(fit.facts, shares, strict=True)]
    left = np.sqrt(np.mean(np.square(off)))
    print(f"drift {drift:g}: loss {loss:.1f}, facts missed by {left:.2f} errors", flush=True)
    return values


def contrasts(fit: Fit, means: Means, domain: str) -> dict[str, np.ndarray]:
    """Level, and trend per decade, of the qualities of the sponsor under study over all others', each vendor
    weighing as much as it sells while its shares are on record, by unknown; trends of those with a path."""
    world, d = fit.world, fit.world.domains.index(domain)
    sponsor = world.sponsors.index(world.case.sponsors[0])
    found = {name: np.zeros(len(fit.unknowns)) for name in ("level", "trend per decade")}
    for name, weights in found.items():
        whole = {True: 0.0, False: 0.0}
        for vendor in dict.fromkeys(u.vendor for u in fit.unknowns if (u.domain, u.kind) == (domain, "knot")):
            mine = [k for k, u in enumerate(fit.unknowns) if u[:2] == (domain, vendor) and u.kind == "knot"]
            years = np.array([fit.unknowns[k].year for k in mine], dtype=float)
            slot = fit.place(domain, vendor)[1]
            sold = means.bought[
                int(years[0]) - world.first_year : int(years[-1]) - world.first_year + 1, d, slot
            ]
            ours, apart = bool(world.slot_sponsor[d, slot] == sponsor), (years - years.mean()) / 10
            if name == "level" or apart.any():
                each = np.full(len(mine), 1 / len(mine)) if name == "level" else apart / (apart**2).sum()
                weights[mine] += sold.mean() * each * (1 if ours else -1)
                whole[ours] += float(sold.mean())
        for k, u in enumerate(fit.unknowns):
            if u.domain == domain and weights[k]:
                ours = bool(world.slot_sponsor[d, fit.place(domain, u.vendor)[1]] == sponsor)
                weights[k] /= whole[ours]
    return found


def report(domains: Sequence[str], runs: int, seed: int) -> None:
    """Print what facts and priors leave open at the fit of the history: Laplace's approximation."""
    fit = Fit(domains, runs, seed)
    values = np.array([u.value for u in fit.unknowns])
    errors = np.array([fact.error for fact in fit.facts])[:, None]
    slopes = np.concatenate([fit.derivatives(values) / errors, fit._prior_slopes(values)])
    open_ = np.linalg.inv(slopes.T @ slopes)
    means = fit.simulated(fit.world_with(values), LAST)
    for domain in fit.domains:
        if fit.world.buyer[fit.world.domains.index(domain)] == "operator":
            for name, weights in contrasts(fit, means, domain).items():
                size = float(np.sqrt(weights @ open_ @ weights))
                print(f"{domain} {name}: {weights @ values:+.2f}, standard deviation {size:.2f}")
    for k, u in enumerate(fit.unknowns):
        if u.kind == "home":
            print(f"{u.domain} home {u.vendor}: {u.value:.2f}, standard deviation {np.sqrt(open_[k, k]):.2f}")


def main() -> None:
    """Fit, write, and print what is left over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=128)
    parser.add_argument("--seed", type=int, default=10)
    chosen = parser.parse_args()
    with limit_blas_threads():
        fits = {
            drift: knots_alone(chosen.domains, chosen.runs, chosen.seed, drift)
            for drift in (1.0, *DRIFTS.values())
        }
        found = {drift: fitted(fit, drift, chosen.rounds) for drift, fit in fits.items()}
        knots = [(u.domain, u.vendor, str(u.year)) for u in fits[1.0].unknowns]
        apart = {name: (found[drift] - found[1.0]).tolist() for name, drift in DRIFTS.items()}
        write(
            fits[1.0].domains, {name: dict(zip(knots, sizes, strict=True)) for name, sizes in apart.items()}
        )
        report(chosen.domains, chosen.runs, chosen.seed)


if __name__ == "__main__":
    main()
