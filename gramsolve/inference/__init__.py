"""How a trained model is used: trajectories in one batch, selection, streaming."""
