"""The sample archive: a few generated documents of an invented company, loaded on request at the first start."""
