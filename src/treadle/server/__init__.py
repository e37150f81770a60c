"""The server: MLflow's REST protocol and Treadle's own, over one store."""
