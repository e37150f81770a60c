"""Random names for unnamed runs: an adjective, an animal, a number."""

import random
from typing import Final

_ADJECTIVES: Final = """
able amber ample aqua bold brave bright brisk calm casual clean clever crisp curious dapper
dazzling debonair eager early fair fancy fine fleet fresh gentle glad grand handy happy honest
humble intrigued jolly keen kind lively loud lucky merry mild neat nimble noble orderly patient
placid polite popular proud quick quiet rare ready righteous sassy serious shiny silent smart
smooth sneaky solid stately stylish suave swift tidy tough upbeat valiant vivid warm welcome
wise worthy youthful zesty
"""
_ANIMALS: Final = """
ant ape auk bass bat bear bee bird boar bug calf carp cat chimp cod colt conch cow crab crane
crow cub deer doe dog dolphin dove duck eel elk fawn finch fish flea fly foal fowl fox frog gnat
goat goose grouse gull hare hawk hen hog horse hound jay kit kite koi lamb lark loon lynx mare
mink mole moose moth mouse mule newt owl ox panda penguin perch pig pug quail ram rat ray robin
roo rook seal shad shark sheep shoat shrew shrike skink skunk slug smelt snail snake snipe sow
sponge squid squirrel stag stork swan tern toad trout turtle vole wasp whale wolf worm wren yak
zebra
"""


def random_name() -> str:
    """Return a random name such as ``gentle-worm-751``."""
    adjective, animal = (random.choice(words.split()) for words in (_ADJECTIVES, _ANIMALS))  # noqa: S311
    return f"{adjective}-{animal}-{random.randrange(1000)}"  # noqa: S311
