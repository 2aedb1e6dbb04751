"""The embedded deployment: home folder, database child, worker children, and the order of start and stop."""
