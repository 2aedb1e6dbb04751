"""The scheme: categories and their fields, in force, drafted, published, told as text."""
