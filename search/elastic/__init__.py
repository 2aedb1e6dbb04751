"""The Elasticsearch engine."""
