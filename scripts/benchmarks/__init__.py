"""What the factory is measured on, one module a question."""
