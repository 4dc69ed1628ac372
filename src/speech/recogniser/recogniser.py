"""Understands clips of speech for a hub, by Debian's python3-pocketsphinx: resident, without network, files or keys.

On stdin one line of JSON for each call, then as many octets as it says; on stdout one line of JSON for each answer.
  {"id": 1, "call": "grammar", "grammar": N, "dictionary": M}  then N octets of a finite state grammar, M of a dictionary
  {"id": 2, "call": "hear", "octets": N}                        then N octets: 16 kHz, 16 bit, one channel, little endian
Answers: {"id": 1} or {"id": 2, "words": [...], "score": S} or {"id": 2, "error": "..."}.

Two searches: the grammar of the house with wide beams, which finds a sentence in whatever it hears, and the general language model as its competitor.
The score is what the sounds speak for the first above the second, a frame in the mean: below 0 something else was said. Ends with its hub.
"""
import json
import os
import sys

MOST_LINE = 4096
MOST_OCTETS = 16 << 20
COMMON_WORDS = 12000


def memory_file(octets):
    """A path under which the recogniser can read octets that lie in memory alone."""
    handle = os.memfd_create("grammar")
    with os.fdopen(os.dup(handle), "wb") as file:
        file.write(octets)
    return handle, "/proc/self/fd/%d" % handle


def decoder(package, model, settings):
    config = package.Decoder.default_config()
    config.set_string("-hmm", os.path.join(model, "en-us"))
    config.set_string("-logfn", "/dev/null")
    config.set_string("-cmn", "current")
    config.set_boolean("-dither", True)
    for name, value in settings.items():
        if isinstance(value, bool):
            config.set_boolean(name, value)
        elif isinstance(value, int):
            config.set_int(name, value)
        elif isinstance(value, float):
            config.set_float(name, value)
        else:
            config.set_string(name, value)
    return package.Decoder(config)


def search(found, pcm):
    """The words with their first and last frame, and the acoustic score of all of them."""
    found.start_utt()
    found.process_raw(pcm, False, True)
    found.end_utt()
    if found.hyp() is None:
        return [], 0, 0
    words, score, frames = [], 0, 0
    for segment in found.seg():
        score += segment.ascore
        frames = segment.end_frame + 1
        word = segment.word
        if not word.startswith(("<", "[", "++", "(")):
            words.append(word.split("(")[0])
    return words, score, frames


def common_words(model):
    """The lines of the model's dictionary for the words that are said most: all of it would take 30 MB more."""
    from sphinxbase.sphinxbase import NGramModel
    language = NGramModel(os.path.join(model, "en-us.lm.bin"))
    lines = {}
    with open(os.path.join(model, "cmudict-en-us.dict"), encoding="utf8") as dictionary:
        for line in dictionary:
            lines.setdefault(line.split(" ")[0].split("(")[0], []).append(line)
    likely = sorted(lines, key=lambda word: -language.prob([word]))[:COMMON_WORDS]
    return "".join(line for word in likely for line in lines[word]).encode("utf8")


def sounds(found, words):
    """The sounds of words, in the first way that the dictionary has."""
    return [sound for word in words for sound in (found.lookup_word(word) or "").split()]


def difference(some, others):
    """How many sounds have to be changed, put in or left out, of those of the longer."""
    row = list(range(len(others) + 1))
    for at, sound in enumerate(some):
        last, row[0] = row[0], at + 1
        for to, other in enumerate(others):
            last, row[to + 1] = row[to + 1], min(row[to + 1] + 1, row[to] + 1, last + (sound != other))
    return row[-1] / max(1, len(some), len(others))


class Recogniser:
    def __init__(self, package, model):
        self.package = package
        self.model = model
        self.house = None
        handle, path = memory_file(common_words(model))
        self.competitor = decoder(package, model, {
            "-lm": os.path.join(model, "en-us.lm.bin"),
            "-dict": path,
            "-fwdflat": False,
            "-bestpath": False,
            "-maxhmmpf": 2000,
            "-maxwpf": 10,
        })
        os.close(handle)

    def grammar(self, grammar, dictionary):
        first, grammar_path = memory_file(grammar)
        second, dictionary_path = memory_file(dictionary)
        try:
            self.house = None
            self.house = decoder(self.package, self.model, {
                "-dict": dictionary_path,
                "-fsg": grammar_path,
                "-beam": 1e-80,
                "-wbeam": 1e-60,
                "-pbeam": 1e-80,
                # Speech that fits nowhere keeps everything open: a sentence of two seconds took twenty.
                "-maxhmmpf": 3000,
            })
        finally:
            os.close(first)
            os.close(second)
        return {}

    def hear(self, pcm):
        if self.house is None:
            return {"error": "no grammar yet"}
        words, score, frames = search(self.house, pcm)
        if not words or frames == 0:
            return {"words": []}
        other, other_score, other_frames = search(self.competitor, pcm)
        if not other or other_frames == 0:
            return {"words": []}
        unlike = difference(sounds(self.house, words), sounds(self.competitor, other))
        return {"words": words, "score": score / frames - other_score / other_frames, "unlike": unlike, "other": " ".join(other)[:200]}


def read_exactly(stream, count):
    octets = stream.read(count)
    if len(octets) < count:
        raise EOFError
    return octets


def serve(model, stream, out):
    def tell(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    import pocketsphinx
    recogniser = Recogniser(pocketsphinx, model)
    tell({"id": 0})
    while True:
        line = stream.readline(MOST_LINE)
        if not line:
            return
        call = json.loads(line)
        sizes = [call.get(name, 0) for name in ("grammar", "dictionary", "octets")]
        if any(not isinstance(size, int) or size < 0 or size > MOST_OCTETS for size in sizes):
            raise ValueError("a size that is none")
        if call["call"] == "grammar":
            grammar = read_exactly(stream, sizes[0])
            dictionary = read_exactly(stream, sizes[1])
            work = lambda: recogniser.grammar(grammar, dictionary)
        else:
            pcm = read_exactly(stream, sizes[2])
            work = lambda: recogniser.hear(pcm)
        try:
            answer = work()
        except Exception as error:  # one bad clip is no reason to end
            answer = {"error": "%s: %s" % (type(error).__name__, str(error)[:200])}
        tell(dict(answer, id=call["id"]))


if __name__ == "__main__":
    # What the library prints is no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    try:
        serve(sys.argv[1], sys.stdin.buffer, answers)
    except EOFError:
        pass
