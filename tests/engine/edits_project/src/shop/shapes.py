from dataclasses import dataclass
from enum import Enum


class Base:
    sides = 4

    def perimeter(self):
        return self.sides * self.length


class Square(Base):
    def __init__(self, length):
        self.length = length

    @property
    def area(self):
        return self._square(self.length)

    @staticmethod
    def _square(value):
        return value**2

    @classmethod
    def make(cls, length):
        return cls(length)


class Other(Base):
    pass


@dataclass(frozen=True)
class Settings:
    factor: int = 2
    offset: int = 1


class Level(Enum):
    LOW = 1
    HIGH = 10


class Tool:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, values):
        return [value * self.factor for value in values]
