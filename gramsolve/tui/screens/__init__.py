"""The rooms of the TUI."""
