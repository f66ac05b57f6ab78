"""Which profile applies, and the values that it gives."""

from __future__ import annotations

from typing import Any

from rocqshim.errors import UserError
from rocqshim.settings.keys import KEYS
from rocqshim.settings.layer import Layer, OwnProfile, Place, Values
from rocqshim.settings.model import By, Origin, Setting
from rocqshim.settings.profile import BUILT_IN, built_in
from rocqshim.settings.refusal import unknown

DEEPEST = 20  # profiles that inherit from each other; each is followed to its end


def chosen_profile(chosen: Setting[Any], layers: tuple[Layer, Layer], place: Place) -> Values:
    """The values of the chosen profile; of one name, the project's comes before the user's.

    ``layers``: the user's and the project's. All profiles are followed to their end, so that a
    wrong ``inherits`` shows before the day that the profile is chosen. Raises UserError.
    """
    user, own = layers
    known = {**user.profiles, **own.profiles}
    for profile in known.values():
        profile_values(profile.inherits, known, place, (profile.name,))
    return profile_values(chosen, known, place)


def profile_values(
    wanted: Setting[Any], known: dict[str, OwnProfile], place: Place, below: tuple[str, ...] = ()
) -> Values:
    """A profile's values over those that it inherits; ``below`` are the profiles that led here."""
    name = str(wanted.value)
    if name in BUILT_IN:
        return _built_in(name, place)
    if name not in known:
        raise unknown(wanted.origin.in_full, "profile", name, (*BUILT_IN, *known))
    if name in below:
        chain = " → ".join((*below, name))
        fact = f"{wanted.origin.in_full}: profile {name} inherits from itself: {chain}."
        raise UserError(fact, f"Let one of them inherit from {', '.join(BUILT_IN)}.")
    if len(below) > DEEPEST:
        fact = f"{wanted.origin.in_full}: profile {name} inherits over {DEEPEST} others."
        raise UserError(fact, "Let it inherit from one that is nearer to a built-in profile.")
    profile = known[name]
    return {**profile_values(profile.inherits, known, place, (*below, name)), **profile.values}


def _built_in(name: str, place: Place) -> Values:
    origin = Origin(f"profile {name}", by=By.PROFILE)
    return {
        key: Setting(KEYS[key].parse(text, place.machine), text, origin)
        for key, text in built_in(name, place.machine).items()
    }
