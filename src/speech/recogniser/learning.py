"""How a voice sounds, learned from what it said: the means of the acoustic model move to where the sounds of its sentences lie, the more the more of them there
were (maximum a posteriori adaptation: Gauvain and Lee, IEEE Transactions on Speech and Audio Processing 2, 1994), from a mean that has moved with all of its
sound. By Debian's python3-numpy, which the recogniser does well without; what imports it here is a process that ends with it.
"""
import importlib.util
import os
import struct

LEARNS = importlib.util.find_spec("numpy") is not None

# Features of the model, as its feat.params has them: 25 filters from 130 to 6800 Hz, 13 cepstra, liftered, with their first and second differences.
RATE, FRAME, HOP, SIZE = 16000, 410, 160, 512
LOWEST, HIGHEST, FILTERS, CEPSTRA, LIFTER = 130, 6800, 25, 13, 22
STREAMS = 3
LEAST_VARIANCE = 1e-4
# So many frames speak for what is known of all voices: of one mean, and of a whole sound.
PRIOR, SOUND_PRIOR = 30, 200
# Of a voice, 200 s: what it said long ago counts less.
MOST_FRAMES = 20000
# Frames of a state of a sound at least; each sound has three.
STATES = 3
IMPOSSIBLE = -1e30
# Before the sizes of a table that has no checksum: its last word is the order of its octets.
HEAD = b"s3\nversion 1.0\nendhdr\n" + struct.pack("<I", 0x11223344)
SILENCE = "SIL"


def table(path):
    """Numbers of the model by sound, stream, density and place: the octets of their sizes, and they."""
    import numpy as np
    with open(path, "rb") as file:
        octets = file.read()
    # Behind the words of its head an order of octets, three sizes, a length for each stream, and a count.
    start = at = octets.index(b"endhdr\n") + len(b"endhdr\n") + 4
    sounds, streams, densities, *lengths = struct.unpack_from("<%di" % (3 + STREAMS), octets, at)
    at += 4 * (4 + streams)
    count = sounds * streams * densities * CEPSTRA
    if streams != STREAMS or set(lengths) != {CEPSTRA}:
        raise ValueError("a model of another shape")
    return octets[start:at], np.frombuffer(octets, "<f4", count, at).reshape(sounds, streams, densities, CEPSTRA).astype("f8")


def sound_names(path):
    """The sounds that have densities of their own, in their order."""
    with open(path, "rb") as file:
        octets = file.read()
    length = struct.unpack_from("<i", octets, 8)[0]
    at = 12 + length
    count = struct.unpack_from("<i", octets, at)[0]
    return [name.decode("ascii") for name in octets[at + 40:].split(b"\0", count)[:count]]


def features(pcm):
    """STREAMS of CEPSTRA for each frame of a clip."""
    import numpy as np
    samples = np.frombuffer(pcm, "<i2").astype("f8")
    samples = samples - 0.97 * np.concatenate([samples[:1], samples[:-1]])
    if len(samples) < FRAME:
        return np.zeros((STREAMS, 0, CEPSTRA))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hamming(FRAME)
    mel = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    edges = 700 * (10 ** (np.linspace(*mel, FILTERS + 2) / 2595) - 1)
    left, centre, right = (np.round(edges * SIZE / RATE)[at:at + FILTERS, None] for at in range(3))
    bins = np.arange(SIZE // 2 + 1)
    filters = np.maximum(0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))) * 2 * SIZE / RATE / (right - left)
    logs = np.log(np.maximum(np.abs(np.fft.rfft(frames, SIZE)) ** 2 @ filters.T, 1e-5))
    order = np.arange(CEPSTRA)
    waves = np.cos(np.pi * order[:, None] * (np.arange(FILTERS) + 0.5) / FILTERS) * np.sqrt(2 / FILTERS)
    waves[0] *= np.sqrt(0.5)
    cepstra = logs @ waves.T * (1 + LIFTER / 2 * np.sin(np.pi * order / LIFTER))
    cepstra -= cepstra.mean(0)
    count = len(cepstra)
    padded = np.concatenate([cepstra[:1]] * 3 + [cepstra] + [cepstra[-1:]] * 3)
    later = lambda frames: padded[3 + frames:3 + frames + count]
    return np.stack([cepstra, later(2) - later(-2), later(3) - later(-1) - later(1) + later(-3)])


def aligned(scores, sounds):
    """Which of the sounds each frame is of, by the likeliest way through them (Viterbi), with silence before and behind where there is any; None where
    they cannot be in so few frames. @param scores of a sound, how likely each frame is."""
    import numpy as np
    said = [SILENCE, *sounds, SILENCE]
    states = [sound for sound in said for _ in range(STATES)]
    likely = np.stack([scores[sound] for sound in states])
    last, count = likely.shape
    best = np.full(last, IMPOSSIBLE)
    best[[0, STATES]] = likely[[0, STATES], 0]
    steps = np.zeros((count, last), bool)
    for at in range(1, count):
        before = np.concatenate([[IMPOSSIBLE], best[:-1]])
        steps[at] = before > best
        best = np.maximum(best, before) + likely[:, at]
    state = max(last - 1, last - 1 - STATES, key=lambda end: best[end])
    if best[state] < IMPOSSIBLE / 2:
        return None
    way = []
    for at in range(count - 1, -1, -1):
        way.append(state // STATES)
        state -= int(steps[at][state])
    return [said[place] for place in reversed(way)]


def learnt(model, pcm, sounds, known):
    """What is known of a voice after one more clip of it, in which these sounds were said: counts and sums of each density, and the file of its means.
    @param known the former of both; empty of a voice that was never heard. @return nothing where the clip cannot be of them."""
    # Before numpy: threads would be no help with so little.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import numpy as np
    sizes, means = table(os.path.join(model, "means"))
    variances = np.maximum(table(os.path.join(model, "variances"))[1], LEAST_VARIANCE)
    names = {name: at for at, name in enumerate(sound_names(os.path.join(model, "mdef")))}
    counts, sums = np.zeros(means.shape[:-1]), np.zeros(means.shape)
    if known:
        counts, sums = (np.frombuffer(known, "<f4", one.size, at).astype("f8").reshape(one.shape) for one, at in ((counts, 0), (sums, 4 * counts.size)))
    now = adapted(means, counts, sums)
    seen = features(pcm)
    densities = {}
    for sound in {*sounds, SILENCE}:
        centre, weight = now[names[sound]], 1 / variances[names[sound]]
        densities[sound] = (
            -0.5 * (np.log(2 * np.pi / weight).sum(-1) + (centre ** 2 * weight).sum(-1))[:, None, :]
            - 0.5 * (seen ** 2 @ weight.transpose(0, 2, 1)) + seen @ (centre * weight).transpose(0, 2, 1)
        )
    way = aligned({sound: np.logaddexp.reduce(logs, -1).sum(0) for sound, logs in densities.items()}, sounds)
    if way is None:
        return b""
    for sound in set(sounds):
        frames = [at for at, other in enumerate(way) if other == sound]
        logs = densities[sound][:, frames]
        shares = np.exp(logs - np.logaddexp.reduce(logs, -1)[..., None])
        counts[names[sound]] += shares.sum(1)
        sums[names[sound]] += shares.transpose(0, 2, 1) @ seen[:, frames]
    if counts.sum() > STREAMS * MOST_FRAMES:
        counts, sums = counts / 2, sums / 2
    known = counts.astype("<f4").tobytes() + sums.astype("<f4").tobytes()
    return struct.pack("<I", len(known)) + known + HEAD + sizes + adapted(means, counts, sums).astype("<f4").tobytes()


def parted(octets):
    """What is known of a voice, and the file of its means, of what `learnt` gave."""
    end = 4 + struct.unpack_from("<I", octets)[0]
    return octets[4:end], octets[end:]


def adapted(means, counts, sums):
    """The means of a voice."""
    of_sound = counts.sum(2)[..., None]
    moved = (sums.sum(2) - (counts[..., None] * means).sum(2)) / (of_sound + SOUND_PRIOR)
    return (PRIOR * (means + moved[:, :, None]) + sums) / (PRIOR + counts[..., None])
