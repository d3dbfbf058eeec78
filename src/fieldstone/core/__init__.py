"""Words everybody shares: names, errors, time, settings."""
