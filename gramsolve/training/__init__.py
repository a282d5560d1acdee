"""Training: objective, optimizer, the update, the loop, and the run directory that survives a crash."""
