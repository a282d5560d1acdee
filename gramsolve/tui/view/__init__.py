"""What the screen shows, without widgets: view states, how boards fit the room, texts and projections."""
