"""Tables of runs: pages by column, whole orders, the names that runs have, and groups.

They read all runs that match, from indexes and as sets, where a page of a search reads few.

    reader         the face of the others
    columns, rows  the columns of a table, and part of its rows
    steps          values of metrics at a step
    matching       all runs that match a search, as a set
    whole_order    all runs that match a search, in order
    keys           the names that runs have
    labels         values that runs have in common
    values         numbers of many runs
    groups         groups of runs, with statistics
"""
