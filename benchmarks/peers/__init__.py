"""Other receivers, to measure ours beside."""
