"""The web page of ``df serve``: shells of HTML, and scripts that fill them from the read API."""
