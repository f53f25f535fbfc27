"""Web app in which visitors build policies and compare their effects while runs stream in.

``lockin app`` serves the app.  Modules that need Panel or Bokeh (``builder``, ``panes``, ``page``) are loaded
when the app is served.  The other modules are plain Python: a policy being built (``drafts``), processes that
compute (``workers``), and the requests of one visitor (``session``).
"""

from lockin_sim.common.extras import check_installed

check_installed("panel", "app")
