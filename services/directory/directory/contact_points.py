"""How an organisation, an offer or an agent is reached, as it may be typed."""

from typing import Annotated

from pydantic import Field

Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Phone = Annotated[str, Field(max_length=25, pattern=r"^\+?[0-9][0-9 .()-]{1,23}$")]
"""Short numbers (`115`) included."""
