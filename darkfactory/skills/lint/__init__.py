"""Hold skills against rules: what keeps an agent from finding, understanding or trusting them."""
