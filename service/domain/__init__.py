"""Rules of the archive: pure functions and frozen values, given `now` and `actor`, without I/O."""
