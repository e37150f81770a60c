"""The server: MLflow's REST protocol and Treadle's own, over one store.

It imports no code of users and keeps no state of its own: several may share one store.

    run, app                              the processes, and the application in each
    guard, rejections, slow_clients       requests that are rejected, and their responses
    authentication, principal, passwords  who makes a request, and their roles
    sign_in/                              sign-in with an identity provider
    proxy_headers                         the address behind a proxy
    routing, service, access              a request: its route, its response, its transaction
    operation, caller, attempts           what a client can do; what a caller may see and change
    mlflow/                               MLflow's protocol
    api/                                  Treadle's own API
    openapi                               the description of both
    artifact_transfer, whole_responses    contents of files; responses that are sent whole
    webhooks, watch                       notifications of other services; changes of the store
    pages, page_files, index              the pages, and the files of the web page
"""
