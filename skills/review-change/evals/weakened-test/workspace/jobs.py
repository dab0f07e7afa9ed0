def take(queue, most):
    """Return and remove up to *most* entries, oldest first."""
    return [queue.pop() for _ in range(min(most, len(queue)))]
