"""Panels and other widgets. A panel draws one part of a view state and imports no other panel's state."""
