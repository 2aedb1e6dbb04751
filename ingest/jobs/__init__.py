"""Jobs: how files are taken on, read and given back, by workers that are woken over a queue."""
