"""The provenance of a run besides its configuration: code, uncommitted changes, environment.

It knows git, packages and records, but no catalog, configuration or engine.

    capture                   records code and environment of a run
    git, changes, submodules  the commit, and what is not committed
    code_files, running_code  which files are code, with or without git
    binary_secrets            secrets in files that cannot be masked
    environment               Python, the platform, the packages
    request                   what a run was asked to do
    run_record, trees         reads a record back, and rebuilds its code
    diff, causes              what differs between two runs, and what explains it
    lineage                   which runs wrote and read a content
"""
