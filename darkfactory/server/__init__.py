"""The session protocol over HTTP and WebSocket, and the web page."""
