"""Sign-in by an identity provider, with OpenID Connect.

A session is a token in a cookie, so that servers have no session state.

    settings, provider      the configuration, and a client of the identity provider
    signing_keys, exchange  the provider's keys, and requests to it
    routes, session         sign-in and sign-out, and the session in a cookie
    admission               accounts and roles of the users who sign in
"""
