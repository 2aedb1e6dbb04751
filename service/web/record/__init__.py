"""The page of one record or dossier, and everything on it."""
