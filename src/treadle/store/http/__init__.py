"""Client of a store on a Treadle server."""
