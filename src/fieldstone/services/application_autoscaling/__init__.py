"""Application Auto Scaling: how many instances and copies endpoints shall have, by policies and schedules.

Operations keep rows; ``control.scaling`` looks at metrics and clocks, and changes the counts.
"""
