PORT = 8080
HOSTS = ("localhost", "::1")
