"""Amazon CloudWatch: metrics put and asked for, arithmetic over them, alarms.

``points`` are kept by the store, ``statistics`` are told from them, ``expressions`` and ``functions`` do arithmetic,
``evaluation`` says which state an alarm is in; ``control.alarms`` brings it there.
"""
