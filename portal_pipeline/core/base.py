"""The base of every core model."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A model that cannot be changed, accepts no unknown field and converts nothing silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
