"""The PostgreSQL database: connection, password, and fewer round trips.

What differs from SQLite is the cost of a round trip.

    database                connection and statements
    write_behind, multirow  fewer round trips
    upgrade                 tables, and their upgrades
    password                protection of the user's password
"""
