"""Understands clips of speech for a hub, by Debian's python3-pocketsphinx: resident, without network, files or keys (confined.py).

On stdin one line of JSON for each call, then as many octets as it says; on stdout one line of JSON for each answer.
  {"id": 1, "call": "grammar", "grammar": N, "dictionary": M, "model": K, "opposites": "on off"}
      then N octets of a finite state grammar, M of a dictionary, K of a deflated language model
  {"id": 2, "call": "hear", "octets": N, "voice": V}        then N octets: 16 kHz, 16 bit, one channel, little endian, by a voice that was learned, if it was
  {"id": 3, "call": "choose", "sentences": ["turn on the light", ...]}                    of the clip that was heard last
  {"id": 4, "call": "learn", "words": "turn on the light", "voice": V, "fresh": true}     that this was said in it, by that voice, of which nothing was known
Answers: {"id": 1}; {"id": 2, "words": [...], "score": S, "worst": W, "sounds": N, "unlike": U, "likely": {"words": [...], "score": S, ...,
"sentences": [...]}}; {"id": 3, "words": [...], "above": A}; {"id": 4, "learned": true}, where that has begun; or
{"id": 2, "error": "..."}.

Three searches, side by side: the grammar of the house with wide beams, which finds a sentence in whatever it hears; the language model of what may be said to
it in more wordings, which finds any row of its words, and gives the likeliest sentences; and common words, one like the other, as their competitor.
The score is what the sounds speak for a sentence above the competitor's, a frame in the mean, "worst" the same of the word of which they speak least for it;
"unlike" is how differently the words of the two sound. Who asked chooses which sentences could be meant: of these one is chosen by a last search, in which there
is nothing else. It is listened for once more with a word that has an opposite, and with the other: "above" is what the sounds speak for it above the other.
Ends with its hub.
"""
import itertools
import json
import math
import os
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

from listening import TRIM, apart, decoder, difference, dithered, heard, likeness, listen, memory_file, sounds, spoken, ways
from voices import Voices

MOST_LINE = 16384
MOST_OCTETS = 16 << 20
MOST_MODEL = 64 << 20
MOST_SENTENCES = 15
# Ways through what was heard that are looked at for them: many differ in a sound alone.
MOST_WAYS = 200
COMMON_WORDS = 8000
# What is told where one of two sentences cannot be in the sounds at all.
MOST_ABOVE = 100000
LANGUAGE_WEIGHT = 6.5
# So much more the language model counts where sentences are chosen from than while they are heard.
CHOICE_WEIGHT = 1.4


def common_words(model):
    """A language model and a dictionary of the words that are said most, each as likely as it is by itself. With their rows it would take
    30 MB more, and tell no better what is no order."""
    from sphinxbase.sphinxbase import NGramModel
    language = NGramModel(os.path.join(model, "en-us.lm.bin"))
    lines = {}
    with open(os.path.join(model, "cmudict-en-us.dict"), encoding="utf8") as dictionary:
        for line in dictionary:
            lines.setdefault(line.split(" ")[0].split("(")[0], []).append(line)
    # Logarithms to the base of the library.
    likely = {word: language.prob([word]) * math.log10(1.0001) for word in ("</s>", *lines)}
    words = sorted(lines, key=lambda word: -likely[word])[:COMMON_WORDS]
    grams = "".join("%.4f %s\n" % (likely.get(word, -99), word) for word in sorted(("<s>", "</s>", *words)))
    text = "\\data\\\nngram 1=%d\n\n\\1-grams:\n%s\n\\end\\\n" % (len(words) + 2, grams)
    return json.dumps([text, "".join(line for word in words for line in lines[word])]).encode("utf8")


def grammar_of(sentences):
    """The grammar of some sentences, each with what the first of its words weighs."""
    states, steps = 2, []
    for words, weight in sentences:
        at = 0
        for place, word in enumerate(words):
            to = 1 if place == len(words) - 1 else states
            states += to != 1
            steps.append("TRANSITION %d %d %g %s\n" % (at, to, weight if place == 0 else 1, word))
            at = to
    return ("FSG_BEGIN some\nNUM_STATES %d\nSTART_STATE 0\nFINAL_STATE 1\n%sFSG_END\n" % (states, "".join(steps))).encode("utf8")


class Recogniser:
    opposites = {}
    # Of the last clip.
    pcm = b""

    def __init__(self, package, model):
        self.package = package
        self.model = model
        self.house = self.likely = None
        self.voices = Voices(model)
        language, words = json.loads(apart(lambda: common_words(model)) or common_words(model))
        (first, language_path), (second, words_path) = memory_file(language.encode("utf8")), memory_file(words.encode("utf8"))
        self.competitor = decoder(package, model, self.voices.path, {
            "-lm": language_path,
            "-dict": words_path,
            "-fwdflat": False,
            "-bestpath": False,
            # Wider it tells no better what is no order.
            "-maxhmmpf": 600,
            "-maxwpf": 5,
        })
        os.close(first)
        os.close(second)

    def grammar(self, grammar, dictionary, model, opposites=""):
        pairs = zip(*[iter(opposites.split())] * 2)
        self.opposites = {word: other for pair in pairs for word, other in (pair, pair[::-1])}
        inflated = zlib.decompressobj().decompress(model, MOST_MODEL)
        files = [memory_file(octets) for octets in (grammar, dictionary, inflated)]
        (_, grammar_path), (_, dictionary_path), (_, model_path) = files
        # Wide: what is said to a house is a small part of what sounds like it.
        beams = {"-beam": 1e-60, "-wbeam": 1e-45, "-pbeam": 1e-60}
        try:
            self.house = self.likely = None
            self.house = decoder(self.package, self.model, self.voices.path, {
                **beams,
                "-dict": dictionary_path,
                "-fsg": grammar_path,
                # Of sentences that sound the same the one of fewer words: "the light", and not "the light at eight".
                "-wip": 0.2,
                # Its graph knows nothing of the grammar.
                "-bestpath": False,
                # Speech that fits nowhere keeps everything open: a sentence of two seconds took twenty.
                "-maxhmmpf": 1500,
            })
            self.likely = decoder(self.package, self.model, self.voices.path, {
                **beams,
                "-dict": dictionary_path,
                "-lm": model_path,
                "-wip": 0.2,
                "-fwdflat": False,
                "-maxhmmpf": 3000,
            })
            self.language = self.likely.get_lm("_default")
        finally:
            for handle, _ in files:
                os.close(handle)
        return {}

    def among(self, sentences, read=heard):
        """What is heard of the last clip where just these sentences can be said; nothing where they cannot be in it."""
        from sphinxbase.sphinxbase import FsgModel
        handle, path = memory_file(grammar_of(sentences))
        whole = self.house.get_search()
        try:
            self.house.set_fsg("some", FsgModel(path, self.house.get_logmath(), LANGUAGE_WEIGHT))
            self.house.set_search("some")
            listen(self.house, self.pcm)
            return read(self.house)
        finally:
            os.close(handle)
            self.house.set_search(whole)

    def forced(self, words):
        """What the sounds speak for just these words; None where they cannot be in them."""
        segments = self.among([(words, 1)])
        return sum(segment[3] for segment in segments) if segments else None

    def above_opposite(self, words):
        """What the sounds speak for a sentence above those with the opposite of a word, the nearest of them; None where no word has one."""
        others = [
            words[:at] + [self.opposites[word]] + words[at + 1:]
            for at, word in enumerate(words)
            if word in self.opposites and self.house.lookup_word(self.opposites[word])
        ]
        if not others:
            return None
        own = self.forced(words)
        if own is None:
            return -MOST_ABOVE
        scores = [self.forced(other) for other in others]
        return min(MOST_ABOVE if score is None else own - score for score in scores)

    def sentences(self, *best):
        """The sentences that the language model finds likeliest in the clip, each once. The ways through its graph end otherwise than the best ones do."""
        ways = itertools.islice(itertools.takewhile(lambda way: way is not None, self.likely.nbest()), MOST_WAYS)
        # A way of silence alone has no words.
        plain = (" ".join(word.split("(")[0] for word in (way.hypstr or "").split() if not word.startswith(("<", "[", "++"))) for way in ways)
        return list(itertools.islice(dict.fromkeys(sentence for sentence in itertools.chain(map(" ".join, best), plain) if sentence), MOST_SENTENCES))

    def usual(self, words):
        """How likely a sentence is by the language model, as the exponent of e."""
        said = ["<s>", *words, "</s>"]
        # The history lies behind the word that it is of.
        return math.log(1.0001) * sum(self.language.prob(said[max(0, at - 2):at + 1][::-1]) for at in range(1, len(said)))

    def hear(self, pcm, voice=None):
        self.pcm = b""
        if self.house is None:
            return {"error": "no grammar yet"}
        self.voices.listen_to(voice, self.searches())
        pcm = dithered(pcm)
        with ThreadPoolExecutor(2) as beside:
            competing, likely = (beside.submit(listen, search, pcm) for search in (self.competitor, self.likely))
            listen(self.house, pcm)
        # What failed there is no answer either: it would be that of the clip before.
        competing.result()
        segments = likely.result()
        self.pcm = pcm
        other = heard(self.competitor)
        answer = self.judged(self.likely, segments, other)
        if answer["words"]:
            answer["sentences"] = self.sentences(spoken(heard(self.likely)), answer["words"])
        return dict(self.judged(self.house, heard(self.house), other), likely=answer)

    def judged(self, found, segments, others):
        """What a search has heard, and what speaks for it."""
        words, other = spoken(segments), spoken(others)
        if not words or not other:
            return {"words": []}
        score, worst = likeness(segments, others)
        own = sounds(found, words)
        return {"words": words, "score": score, "worst": worst, "unlike": difference(own, sounds(self.competitor, other)), "sounds": len(own)}

    def learn(self, words, voice, is_fresh):
        """What was said in the last clip is how this voice sounds."""
        said = self.pcm and self.among([(words, 1)], ways)
        if not said:
            return {"learned": False}
        return {"learned": self.voices.learn(voice, is_fresh, self.pcm, sounds(self.house, said))}

    def searches(self):
        return [self.house, self.likely, self.competitor]

    def choose(self, sentences):
        texts = [sentence.split() for sentence in sentences[:MOST_SENTENCES + 1]]
        known = [words for words in texts if words and all(self.house.lookup_word(word) for word in words)]
        if not known or not self.pcm:
            return {"words": []}
        words = known[0]
        if len(known) > 1:
            usual = [self.usual(words) for words in known]
            weighed = [(words, math.exp(CHOICE_WEIGHT * max(-30, likely - max(usual)))) for words, likely in zip(known, usual)]
            words = spoken(self.among(weighed)) or words
        above = self.above_opposite(words)
        return {"words": words} if above is None else {"words": words, "above": above}


def read_exactly(stream, count):
    octets = stream.read(count)
    if len(octets) < count:
        raise EOFError
    return octets


def serve(model, stream, out):
    def tell(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        import pocketsphinx
        recogniser = Recogniser(pocketsphinx, model)
    except (ImportError, FileNotFoundError) as error:
        sys.exit("install Debian's packages python3-pocketsphinx and pocketsphinx-en-us (%s)" % error)
    tell({"id": 0, "lacks": recogniser.voices.lacks})
    while True:
        line = stream.readline(MOST_LINE)
        if not line:
            return
        call = json.loads(line)
        sizes = [call.get(name, 0) for name in ("grammar", "dictionary", "model", "octets")]
        if any(not isinstance(size, int) or size < 0 or size > MOST_OCTETS for size in sizes):
            raise ValueError("a size that is none")
        if call["call"] == "grammar":
            grammar = read_exactly(stream, sizes[0])
            dictionary = read_exactly(stream, sizes[1])
            model = read_exactly(stream, sizes[2])
            work = lambda: recogniser.grammar(grammar, dictionary, model, call.get("opposites", ""))
        elif call["call"] == "choose":
            work = lambda: recogniser.choose(call["sentences"])
        elif call["call"] == "learn":
            work = lambda: recogniser.learn(call["words"].split(), call["voice"], call.get("fresh", False))
        else:
            pcm = read_exactly(stream, sizes[3])
            work = lambda: recogniser.hear(pcm, call.get("voice"))
        try:
            answer = work()
            TRIM(0)
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
