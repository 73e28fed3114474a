"""A simulated program with known truth: who came, who could not, and what Zoom delivered of it. Knows no engine."""
