"""The random numbers of a run, from their published algorithms: xoroshiro128+ (Blackman and Vigna; shifts 24, 16, 37), of which
the lower 32 bits of each sum are taken; streams split by FNV-1a over the state and a name, finished as MurmurHash3 is;
doubles of 53 bits; Box and Muller's normals; Fisher and Yates's shuffle."""
import math

WORD, LONG = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


def rotated(value, by):
    return ((value << by) | (value >> (64 - by))) & LONG


class Stream:
    """A generator with a position. `split` looks at the state where it stands and uses nothing up."""

    def __init__(self, words):
        self.s0, self.s1 = words[0] << 32 | words[1], words[2] << 32 | words[3]

    def words(self):
        return [self.s0 >> 32, self.s0 & WORD, self.s1 >> 32, self.s1 & WORD]

    def bits(self):
        result = (self.s0 + self.s1) & WORD
        mixed = self.s0 ^ self.s1
        self.s0 = rotated(self.s0, 24) ^ mixed ^ ((mixed << 16) & LONG)
        self.s1 = rotated(mixed, 37)
        return result

    def uniform(self):
        """27 bits of one draw, 26 of the next, over 2^53."""
        high = self.bits() >> 5
        return (high * 2**26 + (self.bits() >> 6)) / 2**53

    def uniforms(self, count):
        return [self.uniform() for _ in range(count)]

    def normals(self, count):
        values = []
        while len(values) < count:
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            angle = 2 * math.pi * self.uniform()
            values += [radius * math.cos(angle), radius * math.sin(angle)]
        return values[:count]

    def shuffled(self, values):
        result = list(values)
        for last in range(len(result) - 1, 0, -1):
            other = int(self.uniform() * (last + 1))
            result[last], result[other] = result[other], result[last]
        return result

    def split(self, label):
        name = f"{'number' if isinstance(label, int) else 'string'}:{label}"
        own = self.words()
        low = hashed(own, name)
        high = hashed([low, *own], name)
        return Stream([low, high, hashed([high], name), hashed([low, high], name) | 1])


def hashed(words, name):
    value = 0x811C9DC5
    for byte in [word >> shift & 0xFF for word in words for shift in (0, 8, 16, 24)] + [ord(letter) for letter in name]:
        value = (value ^ byte) * 0x01000193 & WORD
    value = (value ^ value >> 16) * 0x85EBCA6B & WORD
    value = (value ^ value >> 13) * 0xC2B2AE35 & WORD
    return value ^ value >> 16


def seeded(seed):
    return Stream([WORD, ~seed & WORD, seed & WORD, 0]).split("seed")
