"""Public data: fetched with checksums, imported, cached as memory-mapped arrays."""
