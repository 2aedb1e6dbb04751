"""Text: from what is written to the terms that are searched, and how words sound, end and mean the same."""
