"""What Rejoin asks of the outside, and nothing about who answers."""
