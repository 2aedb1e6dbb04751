"""The embedded engine: Tantivy on this machine's disk."""
