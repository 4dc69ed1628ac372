/** One life of a device in the suite, step by step, and what the steps share. */
import type { LinkMessage, LinkStream } from "../../src/link/index.ts";
import type { DeviceUnderTest } from "./device-under-test.ts";
import type { Sample } from "./sample.ts";

/** What a step works with; each goes on from where the one before has left it. */
export interface Life {
  readonly device: DeviceUnderTest;
  readonly sample: Sample;
}

export type Step = readonly [name: string, play: (life: Life) => Promise<void>];

export function valueNamed(values: readonly { readonly Name: string; readonly Value: unknown }[] | undefined, name: string): unknown {
  return values?.find(({ Name }) => Name === name)?.Value;
}

/** Numbers of the reports, in the order in which they came. */
export function numbersOf(seen: readonly LinkMessage[]): number[] {
  return seen.flatMap((message) => (message.tag === "State" ? [message.value.Sequence] : []));
}

/** A stream that keeps what the hub sends. */
export function record(stream: LinkStream): { readonly stream: LinkStream; readonly packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const recording: LinkStream = {
    medium: stream.medium,
    maxPacket: stream.maxPacket,
    send: (packet) => {
      packets.push(packet.slice());
      return stream.send(packet);
    },
    onPacket: (listener) => stream.onPacket(listener),
    onClose: (listener) => stream.onClose(listener),
    close: () => stream.close(),
  };
  return { stream: recording, packets };
}
