"""How a model is born: objective, optimizer, loop, and the run directory that survives a crash."""
