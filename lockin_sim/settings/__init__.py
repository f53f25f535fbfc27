"""What a run is told: parameters, levers, scenarios, draws of a calibration, and designs of many runs."""
