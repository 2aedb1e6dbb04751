"""Finding: one analyser, one query language, two engines that answer alike, behind one port."""
