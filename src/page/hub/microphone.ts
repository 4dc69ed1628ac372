/** The microphone of this browser: what is said between begin and end, as a WAV file that the hub takes. Loaded when somebody speaks. */

/** Samples a second of a clip. */
const rate = 16_000;
/** The longest sentence that the hub takes. Seconds. */
const longest = 15;

/** What is being said. */
export interface Recording {
  /** Ends it. The clip in base64url. */
  end(): Promise<string>;
}

/** Begins to listen. Errors: those of the browser where it has no microphone, or may not use it. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  const recorder = new MediaRecorder(stream);
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  // Nobody is listened to for longer than what he says is of use.
  const most = setTimeout(stop, 1000 * longest);
  function stop(): void {
    clearTimeout(most);
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of stream.getTracks()) track.stop();
  }
  return {
    async end() {
      stop();
      await ended;
      return inBase64url(wav(await samplesOf(new Blob(pieces))));
    },
  };
}

/** What the browser has recorded in a form of its own, at our rate; nothing of what is too short to be anything. */
async function samplesOf(recorded: Blob): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, 1, rate);
  const decoded = await context.decodeAudioData(await recorded.arrayBuffer()).catch(() => undefined);
  return decoded?.getChannelData(0).subarray(0, rate * longest) ?? new Float32Array(0);
}

function wav(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const tag = (at: number, text: string): void => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  const size = (at: number, value: number): void => view.setUint32(at, value, true);
  tag(0, "RIFF");
  size(4, 36 + 2 * samples.length);
  tag(8, "WAVE");
  tag(12, "fmt ");
  size(16, 16);
  // Plain samples, of one channel.
  size(20, 0x1_0001);
  size(24, rate);
  size(28, 2 * rate);
  // Two octets for each moment, 16 bit.
  size(32, 0x10_0002);
  tag(36, "data");
  size(40, 2 * samples.length);
  for (const [at, sample] of samples.entries()) view.setInt16(44 + 2 * at, 32_767 * Math.max(-1, Math.min(1, sample)), true);
  return new Blob([view.buffer]);
}

function inBase64url(octets: Blob): Promise<string> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const [, text = ""] = String(reader.result).split(",");
      resolve(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
    };
    reader.readAsDataURL(octets);
  });
}
