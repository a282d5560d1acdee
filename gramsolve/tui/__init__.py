"""The terminal interface: watch many trajectories attack one puzzle. ``launch.run`` is the way in."""
