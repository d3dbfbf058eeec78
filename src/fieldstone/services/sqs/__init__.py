"""SQS: queues and the messages in them.

A queue is a row; its messages are rows of a table of their own. Nothing polls: a message that comes to be visible again
is one whose time has come when somebody asks, and who waits for it sleeps until then.
"""
