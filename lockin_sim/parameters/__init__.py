"""Every scalar of the model, declared once.

A declaration drives validation, documentation, sweep bounds, priors and sliders.  ``valid`` is
enforced; ``range`` feeds sweeps and sliders and refuses nothing; ``neutral`` is the value at which
the mechanism is off.
"""

from lockin_sim.parameters.declared import LEVEL, Declaration, Domain
from lockin_sim.parameters.values import Parameters, declarations, parameter_title, parameters_of

__all__ = ["LEVEL", "Declaration", "Domain", "Parameters", "declarations", "parameter_title", "parameters_of"]
