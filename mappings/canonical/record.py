"""What every canonical model is: frozen, strict, closed, and named in Persian and English."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A canonical message. Unknown fields are refused and no value is converted silently."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def named(fa: str, en: str) -> Any:
    """The title of one field in both languages, for `Annotated`."""
    return Field(title=en, json_schema_extra={"title_en": en, "title_fa": fa})


def described(fa: str, en: str, example: dict[str, Any]) -> ConfigDict:
    """The title of a model in both languages and one synthetic example of it."""
    return ConfigDict(title=en, json_schema_extra={"title_en": en, "title_fa": fa, "examples": [example]})
