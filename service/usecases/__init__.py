"""Use cases: each loads, asks permission, applies the rules and saves once."""
