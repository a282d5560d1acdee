"""mnist for gramsolve."""
