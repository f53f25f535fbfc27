"""Draw figures: every function takes a dataset or arrays and returns a matplotlib ``Figure``.

Titles state what the numbers show; ``figure.get_suptitle()`` returns one, for captions and alternative
texts.  Matplotlib loads with the first figure.

The public names of a module of figures are those that it declares by ``@figure``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Figure

    from lockin_sim.pages.plots.country import *
    from lockin_sim.pages.plots.explore import *
    from lockin_sim.pages.plots.kit.figures import FIGURES as FIGURES
    from lockin_sim.pages.plots.kit.figures import Drawing as Drawing
    from lockin_sim.pages.plots.kit.figures import Embedded as Embedded
    from lockin_sim.pages.plots.kit.figures import embedded as embedded
    from lockin_sim.pages.plots.kit.figures import save as save
    from lockin_sim.pages.plots.kit.figures import saving as saving
    from lockin_sim.pages.plots.kit.style import sponsor_color as sponsor_color
    from lockin_sim.pages.plots.loans import *
    from lockin_sim.pages.plots.lock_in import *
    from lockin_sim.pages.plots.maps import *
    from lockin_sim.pages.plots.policies import *
    from lockin_sim.pages.plots.runs import *
    from lockin_sim.pages.plots.sponsors import *
    from lockin_sim.pages.plots.standards import *

#: Modules of figures, of which none is called as a figure is, and what else is public here by its home.
_MODULES = ("country", "explore", "loans", "lock_in", "maps", "policies", "runs", "sponsors", "standards")
_OTHERS = {
    "matplotlib.figure": ("Figure",),
    f"{__name__}.kit.figures": ("FIGURES", "Drawing", "Embedded", "embedded", "save", "saving"),
    f"{__name__}.kit.style": ("sponsor_color",),
}


def __getattr__(name: str) -> Any:
    if name.startswith("_") and name != "__all__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    public: dict[str, Any] = {}
    for home, names in _OTHERS.items():
        public |= {each: getattr(importlib.import_module(home), each) for each in names}
    for module in _MODULES:
        importlib.import_module(f"{__name__}.{module}")
    public |= {figure: declared.draw for figure, declared in public["FIGURES"].items()}
    globals().update(public, __all__=sorted(public))
    if name not in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def __dir__() -> list[str]:
    result: list[str] = __getattr__("__all__")
    return result
