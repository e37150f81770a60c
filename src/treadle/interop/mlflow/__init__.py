"""Readers of MLflow's stores and projects, and the import into a Treadle store.

A source yields records of Treadle; the import compares them with those of the last import.

    import_store                                     the import of a whole store
    import_runs, import_files                        runs with their points, and artifacts
    import_logged_models, registry                   logged models and registered models
    baseline, new_points, omissions                  what is new; what cannot be read
    source                                           the common interface of the sources
    conversion, artifact_folders                     records of MLflow's fields; local artifacts
    folder, folder_registry, documents, value_files  an `mlruns` folder
    database, tables                                 an `mlflow.db`
    rest, server_connection                          a running server
    mlproject, command, packages                     `MLproject` files
"""
