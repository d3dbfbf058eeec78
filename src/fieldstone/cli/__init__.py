"""The command line, one module per command. Results go to standard output, everything else to standard error.

Exit codes: 0 done, 1 failed, 2 wrong usage, 4 the server cannot be reached.
"""
