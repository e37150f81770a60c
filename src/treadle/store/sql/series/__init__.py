"""Storage of metric series: writing, and reading whole or downsampled.

Points are stored as columns: a row is a batch, or a full chunk of 4,096 points.

    write  points and chunks
    read   whole series, and outlines for charts
"""
