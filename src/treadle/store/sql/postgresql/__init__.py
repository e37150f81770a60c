"""The PostgreSQL database: connection, password, and fewer round trips."""
