"""Contents: files come in, are read, shown, kept and cleared away."""
