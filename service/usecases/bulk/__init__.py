"""Bulk: one act on many records."""
