/**
 * Blocks of octets on a line that has neither beginning nor end (docs/device-link.md §3): `00 || COBS(content || CRC-32 u32) || 00`. After noise, or
 * half a block, the next 00 is a beginning; what fails its check is passed over. COBS: S. Cheshire, M. Baker, IEEE/ACM Transactions on Networking 7(2).
 */
import { crc32 } from "node:zlib";
import { concat, readUint, uintBytes } from "../../base/bytes.ts";

/** Most octets of a frame on a line. */
export const serialMaxPacket = 4096;

/** Type and stream number stand before it. */
const mostContent = serialMaxPacket + 2;
const checkOctets = 4;
const mostRun = 254;
const mostBlock = mostContent + checkOctets + Math.floor((mostContent + checkOctets) / mostRun) + 1;
const delimiter = Uint8Array.of(0);

/** A block, with a 00 before and after it. */
export function encodeBlock(content: Uint8Array): Uint8Array {
  return concat(delimiter, withoutZeros(concat(content, uintBytes(crc32(content), checkOctets))), delimiter);
}

/** What stood in a block, without its 00s; undefined when it is damaged. */
function decodeBlock(block: Uint8Array): Uint8Array | undefined {
  const octets = withZeros(block);
  if (octets === undefined || octets.length < checkOctets) return undefined;
  const content = octets.subarray(0, -checkOctets);
  return crc32(content) === readUint(octets, content.length, checkOctets) ? content : undefined;
}

/** COBS: each run of up to 254 octets other than 00 stands after its length plus one, which is FF where no 00 followed. */
function withoutZeros(octets: Uint8Array): Uint8Array {
  const coded = new Uint8Array(octets.length + Math.floor(octets.length / mostRun) + 1);
  let code = 0;
  let at = 1;
  const endRun = (): void => {
    coded[code] = at - code;
    code = at++;
  };
  for (const octet of octets) {
    if (octet !== 0) coded[at++] = octet;
    if (octet === 0 || at - code > mostRun) endRun();
  }
  coded[code] = at - code;
  return coded.subarray(0, at);
}

function withZeros(coded: Uint8Array): Uint8Array | undefined {
  const octets = new Uint8Array(coded.length);
  let length = 0;
  for (let at = 0; at < coded.length; ) {
    const run = (coded[at] ?? 1) - 1;
    const end = at + 1 + run;
    if (end > coded.length) return undefined;
    octets.set(coded.subarray(at + 1, end), length);
    length += run;
    // The 00 after the last run is the end of the block.
    if (run < mostRun && end < coded.length) octets[length++] = 0;
    at = end;
  }
  return octets.slice(0, length);
}

/** Finds blocks in octets however they are cut; holds one block at most. */
export class BlockReader {
  readonly #take: (content: Uint8Array | undefined) => void;
  #buffer = new Uint8Array(256);
  #have = 0;
  /** Too long to be a block: passed over up to the next 00. */
  #skips = false;

  /** @param take is given the content of each block, undefined for one that is damaged */
  constructor(take: (content: Uint8Array | undefined) => void) {
    this.#take = take;
  }

  /** Reads until the end of the chunk, or of a block after which no more may be read. @returns how many octets */
  read(chunk: Uint8Array, mayGoOn: () => boolean): number {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(0, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end);
      this.#add(part);
      at += part.length;
      if (end < 0) break;
      at++;
      if (this.#end() && !mayGoOn()) return at;
    }
    return chunk.length;
  }

  /** True when something has ended here. */
  #end(): boolean {
    const { length } = this.#buffer.subarray(0, this.#have);
    const skipped = this.#skips;
    this.#skips = false;
    this.#have = 0;
    if (length === 0 && !skipped) return false;
    this.#take(skipped ? undefined : decodeBlock(this.#buffer.subarray(0, length)));
    return true;
  }

  #add(part: Uint8Array): void {
    if (this.#skips) return;
    const length = this.#have + part.length;
    if (length > mostBlock) {
      this.#skips = true;
      return;
    }
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(mostBlock, Math.max(length, 2 * this.#buffer.length)));
      larger.set(this.#buffer.subarray(0, this.#have));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#have);
    this.#have = length;
  }
}
