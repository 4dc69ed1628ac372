"""The voices that were learned (learning.py), and the means of the acoustic model that the searches go by: those of the voice that is heard."""
import ctypes
import os

from learning import CEPSTRA, LEARNS, STREAMS, learnt, parted
from listening import begun_apart, library_function, memory_file

MOST_VOICES = 8
# The searches go by means that a voice had before.
FORMER = -1
# The library reads means anew where they are to be transformed: here by one that changes nothing.
READ_TRANSFORM = library_function("ps_mllr_read", ctypes.c_void_p, ctypes.c_char_p)
TRANSFORM = library_function("ps_update_mllr", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
SAME_ROWS = "".join(" ".join("1" if column == row else "0" for column in range(CEPSTRA)) + "\n" for row in range(CEPSTRA))
SAME = "1\n%d\n" % STREAMS + ("%d\n%s%s\n%s\n" % (CEPSTRA, SAME_ROWS, " ".join("0" * CEPSTRA), " ".join("1" * CEPSTRA))) * STREAMS


def lacking():
    """What it takes to learn and is not there: numpy, and functions of the recogniser's library."""
    return [name for name, is_there in (("numpy", LEARNS), ("library", READ_TRANSFORM and TRANSFORM)) if not is_there]


class Voices:
    def __init__(self, model):
        self.model = os.path.join(model, "en-us")
        with open(os.path.join(self.model, "means"), "rb") as file:
            self.means_of_all = file.read()
        # What is known of each, and its means.
        self.known = {}
        self.now = None
        # The voice that is being learned, and what will be known of it.
        self.learning = None
        self.handle, self.path = memory_file(self.means_of_all)
        self.lacks = lacking()
        _, self.same_path = memory_file(SAME.encode("ascii"))

    def listen_to(self, voice, searches):
        """From here on the searches go by the means of a voice; of all voices where nothing is known of it."""
        self.take_what_was_learned()
        voice = voice if voice in self.known else None
        if voice != self.now:
            self.now = voice
            self.put(searches)

    def put(self, searches):
        means = self.known[self.now][1] if self.now is not None else self.means_of_all
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, means, 0)
        for search in searches:
            # It is the search's own from here on.
            TRANSFORM(int(search.this), READ_TRANSFORM(self.same_path.encode("ascii")))

    def take_what_was_learned(self):
        if self.learning is None or not self.learning[1].done():
            return
        voice, made = self.learning
        self.learning = None
        octets = made.result()
        if octets:
            self.known[voice] = parted(octets)
            if voice == self.now:
                self.now = FORMER

    def learn(self, voice, is_fresh, pcm, sounds):
        """Begins to learn of a clip; what is said meanwhile is heard as before. @return whether it did"""
        if self.learning is not None:
            self.learning[1].result()
            self.take_what_was_learned()
        if self.lacks or not isinstance(voice, int) or not 0 <= voice < MOST_VOICES:
            return False
        if is_fresh:
            self.known.pop(voice, None)
        before = self.known.get(voice, (b"",))[0]
        begun = begun_apart(lambda: learnt(self.model, pcm, sounds, before))
        if begun is not None:
            self.learning = voice, begun
        return begun is not None
