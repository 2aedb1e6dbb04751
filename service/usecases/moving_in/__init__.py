"""Moving in: imports and migrations of many files."""
