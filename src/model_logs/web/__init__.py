"""HTTP for the servers of this project: an ASGI application's body and answers, and the server around it."""
