"""Transfer of artifacts for MLflow's clients: whole, in parts, and files of no run.

Contents are streamed, never held in memory.

    transfer      one file, up or down
    multipart     one file in parts
    proxied_root  files above runs and models
"""
