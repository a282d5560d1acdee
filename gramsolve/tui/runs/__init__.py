"""Runs that can be watched: solver processes, recordings, and playback over what has been recorded."""
