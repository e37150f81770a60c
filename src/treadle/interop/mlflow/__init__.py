"""MLflow's stores, read to bring what is in them to a Treadle store."""
