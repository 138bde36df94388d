"""What all sections of `benchbook.toml` are."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the file. A key that nobody reads is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
