"""What the service promises about time, measured: `python -m benchmarks` prints a table for each promise."""
