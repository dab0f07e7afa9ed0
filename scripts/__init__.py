"""Scripts of this repository: documentation, benchmarks, agent programs for tests."""
