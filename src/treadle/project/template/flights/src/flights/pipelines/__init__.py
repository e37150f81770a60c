"""Every module here is a pipeline, by its name."""
