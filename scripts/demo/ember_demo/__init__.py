"""The parts of the demo: the day's script, its clients, the server, and what is told at the end."""
