"""The `/opt/ml` contract, read by both sides: what lays a job's folder out, and the programs that run in it."""
