"""The server: MLflow's REST protocol and Treadle's own, over one store.

It imports no code of users and keeps no state of its own: several may share one store.

    run, app                              the processes, and the application in each
    guard, rejections, slow_clients       requests that are rejected, and their responses
    authentication, principal, passwords  the caller, and what they may do
    sign_in/                              sign-in with an identity provider
    proxy_headers                         the address behind a proxy
    routing, access                       the route of a request, and its transaction
    mlflow/                               MLflow's protocol
    api/                                  Treadle's own API
    artifact_transfer, whole_responses    contents of files; responses that are sent whole
    webhooks                              notifications of other services
    pages, index                          the pages
"""
