"""The parts of the demo: the day's script, its clients, the server, and the report at the end."""
