"""A store that a server keeps."""
