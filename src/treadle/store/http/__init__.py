"""Client of a store on a Treadle server.

It sends the same journal records that a local store applies.

    store                    the store
    connection, credentials  its requests, and their token
    content_sender           upload of the contents of artifacts
    details                  serialization of a run
"""
