"""What the record says about runs, forecasts, parameters, and which fact would overturn a conclusion."""
