"""Import from other systems, compatibility with them, and what leaves Treadle.

Other systems need not be installed to be read.

    mlflow/    MLflow's stores and projects
    html_page  runs as one HTML file
    notebook   runs as a widget of a notebook
"""
