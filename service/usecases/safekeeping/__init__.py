"""Safekeeping: checks, patrol, copies, keys, trail, backup."""
