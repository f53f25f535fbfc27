"""Tables to figures: every function takes a dataset or arrays and returns a matplotlib ``Figure``.

Titles state what the numbers show; ``figure.get_suptitle()`` returns one, for captions and alternative
texts.  Import this package only where figures are made: it loads matplotlib.
"""

from lockin_sim.plots.bodies import body_status
from lockin_sim.plots.dots import dependence
from lockin_sim.plots.forest import effects
from lockin_sim.plots.lock_in import lock_in_map
from lockin_sim.plots.parts import two_parts
from lockin_sim.plots.paths import trajectories
from lockin_sim.plots.saving import save
from lockin_sim.plots.style import sponsor_color

__all__ = [
    "body_status",
    "dependence",
    "effects",
    "lock_in_map",
    "save",
    "sponsor_color",
    "trajectories",
    "two_parts",
]
