DEFAULT_PORT = 8080


def address(host, port=DEFAULT_PORT):
    return f"http://{host}:{port}/"
