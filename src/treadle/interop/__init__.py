"""Import from other systems, and compatibility with them.

Other systems need not be installed to be read.

    mlflow/  MLflow's stores and projects
"""
