"""AWS Security Token Service: who am I, and keys for a while."""
