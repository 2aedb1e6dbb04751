"""Entry from workbooks."""
