"""coloring for gramsolve."""
