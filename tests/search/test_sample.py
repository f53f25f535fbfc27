"""Effects of packages in a sample of draws."""

import importlib

import numpy as np

search_module = importlib.import_module("experiments.12_robust_packages.search")
effects = search_module.effects


def test_a_goal_about_nobody_is_not_changed_and_one_about_somebody_once_is_not_defined():
    nothing = np.array([[0.25, np.nan, np.nan, 0.5]])
    package = np.array([[0.5, np.nan, 0.25, np.nan]])
    found = effects({"nothing": {"goals": nothing}, "one": {"goals": package}}, ["one"], "nothing")
    np.testing.assert_array_equal(found, [[[0.25, 0.0, np.nan, np.nan]]])
