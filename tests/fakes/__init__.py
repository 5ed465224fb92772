"""Stand-ins for servers that other people run: real servers on real sockets."""
