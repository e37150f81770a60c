"""What Treadle understands of other systems."""
