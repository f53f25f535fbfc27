"""What the record says: of runs, of forecasts, of parameters, and of what would overturn a conclusion."""
