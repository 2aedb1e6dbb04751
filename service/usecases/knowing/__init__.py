"""Who may know what: roles, deputies, circles, grants, levels."""
