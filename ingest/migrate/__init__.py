"""Migration: the places that many files are taken from, read and never written."""
