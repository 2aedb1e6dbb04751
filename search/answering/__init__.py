"""Answering: the plan of a question, its order, and what both engines do alike around their own search."""
