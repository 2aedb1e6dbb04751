"""The pages of those who run the archive, and of the auditor."""
