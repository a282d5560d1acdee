"""Training runs seen from outside: requests, status files, and previews of their checkpoints."""
