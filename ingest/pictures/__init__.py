"""Pictures: previews of the largest in little memory, strips of films, and the sketches by which near copies are known."""
