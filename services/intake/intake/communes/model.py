"""What an INSEE code says by itself."""


def department_of(code: str) -> str:
    """The département of a commune: `22`, `2A`, or three digits overseas (`971`, `987`)."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]
