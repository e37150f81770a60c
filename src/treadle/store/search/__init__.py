"""The search language: syntax tree, parser, formatter, and queries for listings.

A search is parsed once; each store evaluates the tree in its own way.

    tree           a search as a syntax tree
    grammar, text  from text to a tree, and back
    tokens         the words and signs of a text
    listing        searches for experiments and models
    tables         queries for the names that runs have, and for groups
"""
