"""A person's own desk: what he is told, what he kept, what he did last."""
