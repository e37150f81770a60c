"""The search language: syntax tree, parser, formatter, and queries for listings."""
