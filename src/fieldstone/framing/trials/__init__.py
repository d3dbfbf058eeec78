"""Models and rules, tried on cases that they have not seen."""
