"""A project like the one of Kedro's tutorial."""
