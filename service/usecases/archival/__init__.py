"""The life of an archive's records: review, acceptance, archiving, checks, forms."""
