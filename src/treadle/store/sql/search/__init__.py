"""The planner of searches: from a syntax tree to pages of rows by an index.

It plans by itself, because databases have no statistics of the metrics that users log.

    compile                  conditions as SQL
    order, paging            the order, and a page of it
    access_path, candidates  by which index, and in which order conditions are checked
    listing                  pages of experiments and models
"""
