"""From files, tables and logs of events to cases."""
