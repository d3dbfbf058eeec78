"""Uploads in parts: begun, filled, completed into an object or given up."""
