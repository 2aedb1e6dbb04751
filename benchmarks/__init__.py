"""The figures of docs/figures.md: one module each, printing ratios of things measured in one run."""
