"""Searching: the index behind the truth, and questions to it."""
