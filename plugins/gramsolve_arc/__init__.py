"""arc for gramsolve."""
