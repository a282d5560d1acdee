"""Drawing of grids on terminals and in pictures, for the command line and the terminal application."""
