"""The two faces of the practice LMS."""

from .base import Face
from .canvas import Canvas
from .moodle import Moodle

__all__ = ["FACES", "Face"]

FACES: dict[str, Face] = {"canvas": Canvas(), "moodle": Moodle()}
