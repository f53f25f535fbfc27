"""Tables to figures: every function takes a dataset or arrays and returns a matplotlib ``Figure``.

Titles state what the numbers show; ``figure.get_suptitle()`` returns one, for captions and alternative
texts.  Import this package only where figures are made: it loads matplotlib.

The public names of a module of figures are those that it declares by ``@figure``.
"""

from matplotlib.figure import Figure

from lockin_sim.plots.explore import *
from lockin_sim.plots.kit.figures import FIGURES, Embedded, embedded, save, saving
from lockin_sim.plots.kit.style import sponsor_color
from lockin_sim.plots.lead import *
from lockin_sim.plots.lock_in import *
from lockin_sim.plots.maps import *
from lockin_sim.plots.policies import *
from lockin_sim.plots.runs import *
from lockin_sim.plots.sponsors import *
from lockin_sim.plots.standards import *

__all__ = ["FIGURES", "Embedded", "Figure", "embedded", "save", "saving", "sponsor_color", *FIGURES]
