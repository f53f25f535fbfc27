"""The app in the browser: build a policy, see what it changes while runs stream in.

``lockin app`` serves it.  What needs Panel or Bokeh (``styles``, ``controls``, ``builder``, ``charts``,
``maps``, ``panes``, ``page``, ``server``) is loaded when it is served.  The rest is plain: declarations to
fields (``fields``), a policy that is being built (``draft``), scenarios as text (``written``), whose turn it
is (``turns``), processes that compute (``workers``), and what one visitor has asked for (``session``).
"""
