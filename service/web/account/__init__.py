"""Signing in, the second factor, and what a person sets for himself."""
