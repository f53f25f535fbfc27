"""The app in the browser: build a policy, see what it changes while runs stream in.

``lockin app`` serves it.  What needs Panel or Bokeh (``builder``, ``panes``, ``page``) is loaded when it is
served.  The rest is plain: a policy that is being built (``drafts``), processes that compute (``workers``),
and what one visitor has asked for (``session``).
"""

from lockin_sim.common.extras import check_installed

check_installed("panel", "app")
