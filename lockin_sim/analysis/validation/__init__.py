"""Validation: recorded facts, what simulations say of them, and what simple rivals say."""

from lockin_sim.analysis.validation.aims import Aim
from lockin_sim.analysis.validation.found import Validation
from lockin_sim.analysis.validation.scores import Score
from lockin_sim.analysis.validation.study import validate

__all__ = ["Aim", "Score", "Validation", "validate"]
