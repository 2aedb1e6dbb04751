"""kill -9 of real processes; what was acknowledged must be there afterwards."""
