"""What XGBoost's errors say to a user."""


def explain(error: Exception | str) -> str:
    """What an error or a warning of XGBoost says, without the stack of its library and the place in its source."""
    message = str(error).partition("\nStack trace:")[0].strip()
    place, found, rest = message.partition(": ")
    return rest if found and "/workspace/" in place else message
