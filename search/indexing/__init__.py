"""What is indexed: a document as the fields that both engines hold, and the processes that analyse many."""
