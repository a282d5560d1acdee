"""Metrics and the protocols of the paper's tables."""
