"""Describing: records from the inbox to a description, and what is proposed for it."""
