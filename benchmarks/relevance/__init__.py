"""Whether the right record comes first: a judged corpus of our own, and nDCG@10 of every class of questions."""
