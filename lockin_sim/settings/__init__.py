"""Inputs of a run: parameters, levers, scenarios, draws of a calibration, and designs of many runs."""
