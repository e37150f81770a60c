"""The planner of searches: from a syntax tree to pages of rows by an index."""
