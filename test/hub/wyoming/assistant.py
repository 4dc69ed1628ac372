"""An assistant that speaks to a Wyoming server by the protocol's own library (the package wyoming): what it makes of each answer, as one line of JSON."""
import asyncio
import json
import sys

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeVoice

FORM = {"rate": 16000, "width": 2, "channels": 1}


async def ask(port, *events):
    """One connection for each sentence, as Home Assistant has it."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        for event in events:
            await client.write_event(event.event())
        return await asyncio.wait_for(client.read_event(), 5)


def handled(event):
    kind = Handled if Handled.is_type(event.type) else NotHandled
    return [kind.__name__, kind.from_event(event).text]


async def spoken(port, text):
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Synthesize(text=text, voice=SynthesizeVoice(language="de")).event())
        start = AudioStart.from_event(await client.read_event())
        samples = 0
        while True:
            event = await asyncio.wait_for(client.read_event(), 5)
            if AudioStop.is_type(event.type):
                return {"rate": start.rate, "samples": samples}
            samples += AudioChunk.from_event(event).samples


async def main(port):
    info = Info.from_event(await ask(port, Describe()))
    sound = [AudioChunk(audio=bytes(3200), **FORM)] * 5
    heard = await ask(port, Transcribe(language="en"), AudioStart(**FORM), *sound, AudioStop())
    print(json.dumps({
        "handle": [[model.languages for model in program.models] for program in info.handle],
        "asr": [program.installed for program in info.asr],
        "tts": [program.installed for program in info.tts],
        "pong": Pong.is_type((await ask(port, Ping())).type),
        "done": handled(await ask(port, Transcript(text="light on", language="en"))),
        "not done": handled(await ask(port, Transcript(text="make it so"))),
        "heard": Transcript.from_event(heard).text,
        "spoken": await spoken(port, "hallo"),
    }))


asyncio.run(main(int(sys.argv[1])))
