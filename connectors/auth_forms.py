"""Auth profiles as forms: the JSON Schema of each profile's parameters and credentials, in both languages."""

from typing import Any, get_args

from connectors.auth_credentials import EVERYWHERE, Credential
from connectors.auth_profiles import Auth, AuthProfile, Profile

_MODELS: dict[Profile, type[AuthProfile]] = {
    model.model_fields["profile"].default: model for model in get_args(get_args(Auth)[0])
}


def model_of(profile: Profile) -> type[AuthProfile]:
    """The model that reads this profile's parameters."""
    return _MODELS[profile]


def form(profile: Profile) -> dict[str, Any]:
    """The JSON Schema of a profile: `parameters`, and under `credentials` what the administrator is asked for.

    Titles and help stand in `x-title` and `x-help`, each with `fa` and `en`. A credential that is `writeOnly` is
    secret: it is given by reference and never shown again.
    """
    model = _MODELS[profile]
    asked = model(profile=profile).credentials
    return {
        "$id": f"auth:{profile.value}",
        **model.words.shown(),
        "type": "object",
        "properties": {
            "parameters": model.model_json_schema(),
            "credentials": {
                "type": "object",
                "properties": {one.name: _credential(one) for one in (*asked, *_besides(asked))},
                "required": [one.name for one in asked if one.required],
                "additionalProperties": False,
            },
        },
        "required": ["parameters", "credentials"],
    }


def forms() -> dict[str, dict[str, Any]]:
    """Every profile's form by its name."""
    return {profile.value: form(profile) for profile in _MODELS}


def missing(auth: AuthProfile, given: frozenset[str]) -> list[Credential]:
    """What a profile asks for and nobody has given."""
    return [one for one in auth.credentials if one.required and one.name not in given]


def _besides(asked: tuple[Credential, ...]) -> list[Credential]:
    names = {one.name for one in asked}
    return [one for one in EVERYWHERE if one.name not in names]


def _credential(one: Credential) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, **one.words.shown()} | ({"writeOnly": True} if one.secret else {})
