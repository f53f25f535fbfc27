"""Define the inputs of a run: parameters, levers, scenarios, draws of a calibration, and designs."""
