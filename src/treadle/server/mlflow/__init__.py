"""MLflow's REST protocol, as its clients of versions 2 and 3 use it.

An operation is a function with a message above it; the reference has its docstring.

    routes, dialect                           routes; how requests and responses are written
    calls/                                    one module for each kind of object
    files/                                    artifacts
    entities, run_messages, prompts, sources  messages, and their conversion
    checks, lifecycle, errors                 validation and errors in MLflow's words
    vocabularies, translation, listing        searches
    run_names, artifact_roots                 random names of runs; root URIs of artifacts
"""
