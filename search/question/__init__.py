"""Questions: what people type, parsed into a tree, and written again."""
