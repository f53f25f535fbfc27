"""Mistakes in who supports a family of standards, and in power."""

import numpy as np
from theory.mutants.planting import change, mutant


@mutant("status does not count in how standards spread", "v23")
def status_ignored():
    def spread(original, compliance, own, status, share, rate):
        return original(compliance, own, np.ones_like(status), share, rate)

    change("rules.diffusion", "next_mix", spread)


@mutant("what one market demands is built for all of them", "e10")
def demand_travels_whole():
    def target(original, *a, travel, pull):
        return original(*a, travel=1.0, pull=pull)

    change("rules.diffusion", "compliance_target", target)


@mutant("whoever takes up a family forgets the first", "e10")
def first_family_forgotten():
    def target(original, own, demanded, status, initial, **k):
        return original(own, demanded, status, np.zeros_like(initial), **k)

    change("rules.diffusion", "compliance_target", target)


@mutant("families in common add up although each is enough", "e10")
def common_families_add_up():
    change("rules.diffusion", "common_family", lambda f, a: np.minimum(1.0, 2 * f(a)))


@mutant("the first family costs like any other", "e10")
def first_family_costs():
    def cost(original, compliance, foreign, *, dual_cost, royalty_rate):
        extra = original(compliance, foreign, dual_cost=dual_cost, royalty_rate=royalty_rate)
        return extra + dual_cost * np.max(compliance, axis=-1)

    change("rules.pricing", "standards_cost", cost)


@mutant("fines are for those who comply", "e10")
def fines_for_complying():
    change("rules.pricing", "fines", lambda f, fine, a: f(fine, 1.0 - a))


@mutant("demanding markets speak no more than vendors build anyway", "e10")
def demand_without_effect():
    change("rules.diffusion", "reach", lambda f, share, inside, *a: f(share, 0.0 * inside, *a))


@mutant("a coalition needs more than its quota", "v18")
def quota_exceeded():
    change("common.indices", "swings", lambda f, weights, quota: f(weights, quota + 1))
