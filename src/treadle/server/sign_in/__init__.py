"""Lets people in whom an identity provider knows, by OpenID Connect."""
