"""What an operator sets: settings from the environment, the policy from a file."""
