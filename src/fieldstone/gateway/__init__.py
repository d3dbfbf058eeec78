"""From sockets to answers: one list of named steps from request to answer (``app``), a shorter way for predictions.

bytes ── App ──┬── /_fieldstone/…                  admin
               ├── /endpoints/NAME/invocations     invocations: the routing table in memory, never the store
               ├── POST with a file in a form      forms: PutObject under a signed policy
               └── everything else                 STEPS: gather, route, authenticate, … render
"""
