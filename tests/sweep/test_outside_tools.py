"""Tools from elsewhere drive the model through ``ls.evaluate``: the real packages, on a small world."""

import importlib

import numpy as np
import pytest
from numpy.random import MT19937

import lockin_sim as ls
from lockin_sim.studies.sweep import response

VARIED = {"switching_cost": (0.0, 5.0), "noise_scale": (0.5, 1.5)}


def tool(name):
    """A package of the extra ``analysis``; ``make install`` brings them all."""
    return pytest.importorskip(name, reason=f"{name} is not installed: make install brings it")


@pytest.fixture
def mean_lock_in(small):
    """The model as outside tools see it: values by address in, mean lock-in of the year 6 out, (point,)."""
    how = {name: small[name] for name in ("scenario", "world", "parameters", "runs", "seed")}

    def model(points):
        found = ls.evaluate(points, outcomes=["lock_in"], years=[6], as_arrays=True, **how)
        return found["lock_in"].mean(axis=(1, 2))

    return model


@pytest.fixture
def problem():
    tool("SALib")
    return importlib.import_module("SALib").ProblemSpec(
        {"names": list(VARIED), "bounds": [list(ends) for ends in VARIED.values()]}
    )


def test_salib_evaluates_its_samples(problem, mean_lock_in):
    problem.sample_sobol(8, calc_second_order=False, seed=1)
    problem.evaluate(lambda x: mean_lock_in(dict(zip(VARIED, x.T, strict=True))))
    found = problem.analyze_sobol(calc_second_order=False, seed=1).analysis
    assert problem.results.shape == (8 * (2 + 2),)
    assert found["ST"][0] > found["ST"][1]  # lock-in is the work of switching costs, not of noise


def test_salib_analyses_a_store(problem, small, tmp_path):
    problem.sample_morris(5, seed=1)
    small["design"] = ls.design.table(dict(zip(VARIED, problem.samples.T, strict=True)))
    ds = ls.sweep(**small, out=tmp_path / "s")
    found = problem.set_results(response(ds, "lock_in", 6)).analyze_morris(seed=1).analysis
    assert found["mu_star"][0] > found["mu_star"][1]


def test_the_workbench_runs_a_model_with_levers():
    """Policies are levers' settings, scenarios are parameters; each experiment is that point alone.

    More is asked for than 3 USD bn, so that the larger of two envelopes below that lends more.
    """
    ema, lever = tool("ema_workbench"), "export_finance[CHN].envelope@2011"
    how = {"outcomes": ["lending_CHN"], "years": [2012], "runs": 1, "seed": 3, "as_arrays": True}

    def one_point(**values):
        found = ls.evaluate({name: [value] for name, value in values.items()}, **how)
        return {name: array.mean() for name, array in found.items()}

    model = ema.Model("lockin", function=one_point)
    model.uncertainties = [ema.RealParameter("switching_cost", 0, 10)]
    model.levers = [ema.RealParameter("envelope", 0, 3, variable_name=lever)]
    model.outcomes = [ema.ScalarOutcome("lending_CHN")]
    experiments, outcomes = ema.perform_experiments(model, scenarios=2, policies=2)
    points = experiments.rename(columns={"envelope": lever})[["switching_cost", lever]]
    together = ls.evaluate(points, **how)
    assert np.array_equal(outcomes["lending_CHN"], together["lending_CHN"][:, 0, 0])
    order = np.argsort(points[lever].to_numpy(), kind="stable")
    assert outcomes["lending_CHN"][order[:2]].mean() < outcomes["lending_CHN"][order[2:]].mean()


def test_the_workbench_analyses_a_store(small, tmp_path):
    tool("ema_workbench")
    scoring = importlib.import_module("ema_workbench.analysis.feature_scoring")
    small["design"] = ls.design.latin_hypercube(VARIED, n=30, seed=1)
    ds = ls.sweep(**small, out=tmp_path / "s")
    scores, _ = scoring.get_ex_feature_scores(
        small["design"].to_dataframe(),
        response(ds, "lock_in", 6),
        mode=scoring.RuleInductionType.REGRESSION,
        nr_trees=20,
    )
    assert scores.loc["switching_cost", 1] > scores.loc["noise_scale", 1]


def test_optuna_finds_the_value_that_made_a_target(mean_lock_in):
    """The same luck at every trial: what made the target meets it exactly, and nothing else does."""
    optuna, target = tool("optuna"), mean_lock_in({"switching_cost": [2.0]})[0]

    def distance(trial):
        tried = trial.suggest_float("switching_cost", 0, 5)
        return abs(mean_lock_in({"switching_cost": [tried]})[0] - target)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.enqueue_trial({"switching_cost": 2.0})
    study.optimize(distance, n_trials=6)
    assert study.best_value == 0.0
    assert study.best_params == {"switching_cost": 2.0}


def test_emcee_samples_around_the_value_that_made_a_target(mean_lock_in):
    emcee, target = tool("emcee"), mean_lock_in({"switching_cost": [2.0]})[0]

    def log_probability(x):
        inside = (x[:, 0] >= 0) & (x[:, 0] <= 5)
        found = mean_lock_in({"switching_cost": np.clip(x[:, 0], 0, 5)})
        return np.where(inside, -0.5 * ((found - target) / 0.01) ** 2, -np.inf)

    sampler = emcee.EnsembleSampler(4, 1, log_probability, vectorize=True)
    start = np.array([[0.5], [1.5], [3.0], [4.5]])
    sampler.random_state = MT19937(1).state  # of the kind that emcee draws from
    sampler.run_mcmc(start, 30)
    last = sampler.get_chain(discard=20, flat=True)[:, 0]
    assert abs(last.mean() - 2.0) < 0.5
    assert last.std() < start.std() / 3
