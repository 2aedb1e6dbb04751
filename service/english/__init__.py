"""The English of what errors say; the program speaks Chinese first."""
