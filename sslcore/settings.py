"""The one way to declare an option: a pydantic field with bounds and a description.

The command line, the forms of the dashboard, a run's config.json and the validation of any JSON that is read all come
from that one declaration.
"""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Frozen settings; an unknown name or a value out of bounds raises pydantic's ValidationError (a ValueError)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
