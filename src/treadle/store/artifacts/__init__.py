"""Artifact storage: its interface, a local folder, and any URL.

A content is stored once, under its digest.

    base           the interface of a storage
    opening        a storage by its address
    local, remote  a folder; any URL
"""
