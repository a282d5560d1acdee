"""Drawing of neutral grids for terminals and pictures, shared by the command line and the TUI."""
