"""People erased: nothing is kept of them here, and nothing sent."""
