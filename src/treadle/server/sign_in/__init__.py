"""Sign-in by an identity provider, with OpenID Connect.

A session is a token in a cookie, so that servers have no session state.

    settings, provider  the identity provider, and what is asked of it
    routes, session     the way there and back, and the session in a cookie
    admission           whose account it is, and with which role
"""
