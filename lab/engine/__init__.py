"""What makes plans real: the engine protocol and the Docker engine behind it."""
