"""One controller per long-running resource: it notices rows that are not settled and drives the engine until they are.

    journal ── wakes ──▶ Loop ── one task per unsettled row ──▶ Controller.drive(row, halt)
                                                                    │ engine: launch, wait, stop
                                                                    └ dispatch: status, log streams, artifacts

Every ``drive`` begins anew after a restart of the server: each of its steps first looks whether it was done already.
"""
