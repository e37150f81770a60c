"""Tables of runs: pages by column, whole orders, the names that runs have, and groups.

reader         the face of the others
columns, rows  the columns of a table, and part of its rows
steps          values of metrics at a step
whole_order    all runs that match a search, in order
keys           the names that runs have
values         values of all runs that match
groups         groups of runs, with statistics
"""
