"""The questions that turn a business question into a problem, asked one by one."""
