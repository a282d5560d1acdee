"""The panels of the arena. Each draws one thing from a Moment and knows nothing of the others."""
