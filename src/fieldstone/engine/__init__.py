"""Running things: each task is a process of its own session under a small supervisor, with its state on disk.

    LocalEngine ── launch ──▶ supervisor (outlives the server) ──▶ the program (train, serve)
         ▲                        │ log lines, exit status
         └── wait, stop ──────────┴──▶ the task's folder

The engine knows folders, programs and sockets; it knows nothing of AWS's resources.
"""
