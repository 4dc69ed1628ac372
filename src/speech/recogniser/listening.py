"""Listening to clips: decoders of Debian's python3-pocketsphinx, what they hear, and how it stands against what another one hears in the same clip."""
import array
import ctypes
import itertools
import math
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor

FILLERS = ("<", "[", "++", "(")
SHORT_FRAMES = 8
NEAR = {frozenset(pair.split()) for pair in "T D,S Z,P B,K G,F V,TH DH,SH ZH,CH JH,M N,N NG,F TH,V DH,L W,ER R,T K,P T,S TH,Y IY,W UW".split(",")}


def memory_file(octets):
    """A path under which the recogniser can read octets that lie in memory alone."""
    handle = os.memfd_create("grammar")
    with os.fdopen(os.dup(handle), "wb") as file:
        file.write(octets)
    return handle, "/proc/self/fd/%d" % handle


READERS = ThreadPoolExecutor(1)
# For work in a process of its own: less than a clip is waited for.
MOST_SECONDS = 15


def begun_apart(work):
    """The octets that a function gives, made in a process of its own, with which the memory that it takes ends, while this one goes on: a future of them, which
    is None where it failed. Nothing where there can be no process."""
    end, start = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(start)
        os.close(end)
        return None
    if child == 0:
        try:
            # One that hangs ends all the same, and holds nothing open by which the hub sees that this one has ended.
            signal.alarm(MOST_SECONDS)
            os.closerange(0, start)
            with os.fdopen(start, "wb") as out:
                out.write(work())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(start)
    return READERS.submit(ended, child, end)


def ended(child, end):
    with os.fdopen(end, "rb") as made:
        octets = made.read()
    return octets if os.waitpid(child, 0)[1] == 0 else None


def apart(work):
    """The same, waited for; None where there can be no process, too."""
    begun = begun_apart(work)
    return begun and begun.result()


def decoder(package, model, means, settings):
    config = package.Decoder.default_config()
    config.set_string("-hmm", os.path.join(model, "en-us"))
    config.set_string("-mean", means)
    config.set_string("-logfn", "/dev/null")
    config.set_string("-cmn", "current")
    # The library would take its noise from one place for both searches (dithered).
    config.set_boolean("-dither", False)
    # The hub has done that (denoise.ts). What the library does at the beginning of each clip took more of what was said than of the noise.
    config.set_boolean("-remove_noise", False)
    for name, value in settings.items():
        if isinstance(value, bool):
            config.set_boolean(name, value)
        elif isinstance(value, int):
            config.set_int(name, value)
        elif isinstance(value, float):
            config.set_float(name, value)
        else:
            config.set_string(name, value)
    found = package.Decoder(config)
    # The first clip is heard otherwise than all others.
    listen(found, dithered(bytes(2 * len(NOISE))))
    return found


def library_function(name, result, *arguments):
    """A function of the recogniser's library itself; None where it is not as expected."""
    try:
        function = getattr(ctypes.CDLL("libpocketsphinx.so.3"), name)
    except (OSError, AttributeError):
        return None
    function.argtypes = arguments
    function.restype = result
    return function


# Called so, it lets other threads work meanwhile, which its module for Python does not.
PROCESS = library_function("ps_process_raw", ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int)
# Gives memory that is free back to the system: what a clip needed stays otherwise, more with each longer one.
TRIM = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)
RANDOM = random.Random(1)
# Of a second, and again and again.
NOISE = array.array("f", (RANDOM.gauss(0, 1) for _ in range(16000)))
# Of the sound of a clip, 34 dB below it: less than any room has.
FAINT = 0.02


def dithered(pcm):
    """With a faint noise: silence of a computer has no spectrum, and the recogniser takes what is in it for loud."""
    samples = array.array("h")
    samples.frombytes(pcm)
    if not samples:
        return pcm
    level = max(1, FAINT * math.sqrt(sum(sample * sample for sample in samples) / len(samples)))
    # Room for the noise, which is never six times its level.
    kept = min(1, (32767 - 6 * level) / max(1, max(samples), -min(samples)))
    return array.array("h", [int(kept * sample + level * noise) for sample, noise in zip(samples, itertools.cycle(NOISE))]).tobytes()


def listen(found, pcm):
    """@return what was heard before it was looked at as a whole: where a search has a graph, its scores are of another scale."""
    # The noise of the clip before, which it would go by otherwise, is not that of this one.
    found.start_stream()
    found.start_utt()
    try:
        if PROCESS is None:
            found.process_raw(pcm, False, True)
        elif PROCESS(int(found.this), pcm, len(pcm) // 2, 0, 1) < 0:
            raise RuntimeError("the library did not take the clip")
        return heard(found)
    finally:
        # Whatever came, the next clip is begun anew.
        found.end_utt()


def heard(found):
    """Each word of what was listened to, fillers as None, with its first and last frame and its acoustic score."""
    if found.hyp() is None:
        return []
    return [
        (None if segment.word.startswith(FILLERS) else segment.word.split("(")[0], segment.start_frame, segment.end_frame, segment.ascore)
        for segment in found.seg()
    ]


def ways(found):
    """The same words, each with the number of its way in the dictionary where it is not the first."""
    return [segment.word for segment in found.seg() if not segment.word.startswith(FILLERS)] if found.hyp() is not None else []


def spoken(segments):
    """The words among them."""
    return [segment[0] for segment in segments if segment[0] is not None]


def likeness(segments, others):
    """How much more the sounds speak for some segments than for others, a frame: in the mean of all, and in the word of which it is least."""
    sums = [0]
    for _, first, last, score in others:
        frames = last - first + 1
        for _ in range(frames):
            sums.append(sums[-1] + score / frames)
    mean = sum(segment[3] for segment in segments) / (segments[-1][2] + 1) - sums[-1] / (len(sums) - 1)
    worst = mean
    for word, first, last, score in segments:
        end = min(last + 1, len(sums) - 1)
        if word is not None and first < end:
            # A short word is soon far off.
            worst = min(worst, (score - sums[end] + sums[first]) / max(last - first + 1, SHORT_FRAMES))
    return mean, worst


def sounds(found, words):
    """The sounds of words, in the first way that the dictionary has where none is told."""
    return [sound for word in words for sound in (found.lookup_word(word) or "").split()]


def exchange(sound, other):
    """What it costs to take a sound for another one: half for vowels, and for what differs in the voice or the place alone."""
    if sound == other:
        return 0
    if sound[0] in "AEIOU" and other[0] in "AEIOU":
        return 0.5
    return 0.5 if frozenset((sound, other)) in NEAR else 1


def difference(some, others):
    """How many sounds have to be changed, put in or left out, of those of the longer."""
    row = list(range(len(others) + 1))
    for at, sound in enumerate(some):
        last, row[0] = row[0], at + 1
        for to, other in enumerate(others):
            last, row[to + 1] = row[to + 1], min(row[to + 1] + 1, row[to] + 1, last + exchange(sound, other))
    return row[-1] / max(1, len(some), len(others))
