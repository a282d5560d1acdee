"""Test-time training: a checkpoint is fitted to the demonstrations of one puzzle before it solves the puzzle."""
