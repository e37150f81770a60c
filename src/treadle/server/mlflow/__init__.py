"""MLflow's REST protocol, as its clients of versions 2 and 3 use it."""
