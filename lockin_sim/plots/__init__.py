"""Tables to figures: every function takes a dataset or arrays and returns a matplotlib ``Figure``.

Titles state what the numbers show; ``figure.get_suptitle()`` returns one, for captions and alternative
texts.  Import this package only where figures are made: it loads matplotlib.
"""

from matplotlib.figure import Figure

from lockin_sim.plots.bodies import body_status
from lockin_sim.plots.calibration import learnt, recorded
from lockin_sim.plots.chain import chain, chain_alternatives, chain_regions
from lockin_sim.plots.choropleths import choropleth
from lockin_sim.plots.dots import dependence
from lockin_sim.plots.fans import fan
from lockin_sim.plots.forest import effects
from lockin_sim.plots.fronts import packages
from lockin_sim.plots.heat import heat_map
from lockin_sim.plots.kit.embedding import Embedded, embedded
from lockin_sim.plots.kit.saving import save
from lockin_sim.plots.kit.style import sponsor_color
from lockin_sim.plots.lock_in import lock_in_map
from lockin_sim.plots.many_futures import futures
from lockin_sim.plots.parts import two_parts
from lockin_sim.plots.paths import trajectories
from lockin_sim.plots.phases import phase_diagram
from lockin_sim.plots.power import voting_power
from lockin_sim.plots.sensitivities import sensitivity
from lockin_sim.plots.tiles import vendor_regions
from lockin_sim.plots.windows import window_curve
from lockin_sim.plots.worlds import discovery

__all__ = [
    "Embedded",
    "Figure",
    "body_status",
    "chain",
    "chain_alternatives",
    "chain_regions",
    "choropleth",
    "dependence",
    "discovery",
    "effects",
    "embedded",
    "fan",
    "futures",
    "heat_map",
    "learnt",
    "lock_in_map",
    "packages",
    "phase_diagram",
    "recorded",
    "save",
    "sensitivity",
    "sponsor_color",
    "trajectories",
    "two_parts",
    "vendor_regions",
    "voting_power",
    "window_curve",
]
