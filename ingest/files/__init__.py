"""Files by their bytes: what they are, what they are called, how they are packed."""
