"""People: users, departments, how they sign in, and what acts for them."""
