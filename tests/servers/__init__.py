"""Real servers: a variable if set, else a container, else a private local server, else `Unavailable`."""
