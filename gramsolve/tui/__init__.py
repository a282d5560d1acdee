"""The terminal interface: watch many trajectories solve one puzzle. ``launch.run`` starts it."""
