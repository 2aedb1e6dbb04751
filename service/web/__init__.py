"""Pages for people: Flask views, Jinja templates, and what they show values as."""
