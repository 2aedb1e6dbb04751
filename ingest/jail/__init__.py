"""The jail: warm extractor processes that are given one open file at a time and may touch nothing else."""
