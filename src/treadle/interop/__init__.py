"""Import from other systems, and compatibility with them.

Other systems are read without having them installed.

    mlflow/  MLflow's stores and projects
"""
