"""Settings that several packages read. Light: imports no torch."""
