"""SNS: topics, who subscribes to them, and messages published to all of these.

A message for a queue is in the queue once the publication is committed. One for an HTTP address becomes a row in the
same commit, which ``control.notifications`` drives until it was delivered or given up.
"""
