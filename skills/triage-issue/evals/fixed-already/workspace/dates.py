from datetime import date


def age(born, today):
    return (today - date.fromisoformat(born)).days // 365
