"""The voices that were learned (learning.py), and the means of the acoustic model that the searches go by: those of the voice that is heard."""
import ctypes
import os

from learning import CEPSTRA, LEARNS, STREAMS, learnt, parted
from listening import apart, library_function, memory_file

MOST_VOICES = 8
# The library reads means anew where they are to be transformed: here by one that changes nothing.
READ_TRANSFORM = library_function("ps_mllr_read", ctypes.c_void_p, ctypes.c_char_p)
TRANSFORM = library_function("ps_update_mllr", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
SAME_ROWS = "".join(" ".join("1" if column == row else "0" for column in range(CEPSTRA)) + "\n" for row in range(CEPSTRA))
SAME = "1\n%d\n" % STREAMS + ("%d\n%s%s\n%s\n" % (CEPSTRA, SAME_ROWS, " ".join("0" * CEPSTRA), " ".join("1" * CEPSTRA))) * STREAMS


class Voices:
    def __init__(self, model):
        self.model = os.path.join(model, "en-us")
        with open(os.path.join(self.model, "means"), "rb") as file:
            self.means_of_all = file.read()
        # What is known of each, and its means.
        self.known = {}
        self.now = None
        self.handle, self.path = memory_file(self.means_of_all)
        self.can_learn = bool(LEARNS and READ_TRANSFORM and TRANSFORM)
        _, self.same_path = memory_file(SAME.encode("ascii"))

    def listen_to(self, voice, searches):
        """From here on the searches go by the means of a voice; of all voices where nothing is known of it."""
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

    def learn(self, voice, is_fresh, pcm, sounds, searches):
        """@return whether it did"""
        if not self.can_learn or not isinstance(voice, int) or not 0 <= voice < MOST_VOICES:
            return False
        before = b"" if is_fresh else self.known.get(voice, (b"",))[0]
        octets = apart(lambda: learnt(self.model, pcm, sounds, before))
        if not octets:
            return False
        self.known[voice] = parted(octets)
        self.now = voice
        self.put(searches)
        return True
