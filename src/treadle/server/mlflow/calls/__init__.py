"""MLflow's calls, one module for each kind of thing: runs, experiments, models and so on.

A function per call; what calls share is one level up.

    experiments, runs, log, history                   runs, and what is logged to them
    artifacts                                         lists of artifacts
    logged_models, registered_models, model_versions  models
    webhooks                                          webhooks of the registry
"""
