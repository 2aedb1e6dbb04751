"""Printed forms of the archive as PDF, made in a process of its own, so that no server keeps the library in memory."""
