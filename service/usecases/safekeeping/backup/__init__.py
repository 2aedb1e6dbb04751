"""Backup sets: the whole archive of one moment in a second place, proved readable, and brought back."""
