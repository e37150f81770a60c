"""What a run is made of beside its configuration: the code with what is in no commit, and the environment."""
