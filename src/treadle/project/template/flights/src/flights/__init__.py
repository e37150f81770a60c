"""How late a flight from New York arrives."""
