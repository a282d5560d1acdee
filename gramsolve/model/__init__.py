"""The network, and nothing else: no tasks, no files, no terminal."""
