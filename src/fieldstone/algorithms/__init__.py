"""The built-in algorithms, one program each: started with the `/opt/ml` contract, never imported by the server."""
