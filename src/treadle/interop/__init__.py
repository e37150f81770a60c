"""Import from other systems, and compatibility with them."""
