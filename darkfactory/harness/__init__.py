"""Run the project's own checks: the ground truth."""
