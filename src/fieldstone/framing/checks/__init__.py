"""The measured checks: each looks at one thing that decides whether a model is worth building, and says what it found.

Every module has one function, ``check(cases, problem, trial) -> Finding``; none depends on another's result.
"""
