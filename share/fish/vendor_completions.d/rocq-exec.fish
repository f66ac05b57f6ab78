source (status dirname)/rocqshim.fish
