"""What a cell of the jail is told to do: read a file, hand out its members, make a film or a searchable PDF."""
