"""What can be found where no outcome is given: groups, places, recurring patterns, unusual cases."""
