/** §3 of docs/device-link.md, Serial: blocks on a line, written from the page. The whole line is at hand here; a device reads it octet by octet. */

/** The check of Ethernet and zip, bit by bit. */
function crc32(octets: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

export function blockOf(content: Buffer): Buffer {
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(content));
  const pieces: Buffer[] = [];
  let piece: number[] = [];
  for (const octet of [...content, ...check, 0]) {
    if (octet !== 0) piece.push(octet);
    if (octet !== 0 && piece.length < 254) continue;
    pieces.push(Buffer.of(piece.length + 1, ...piece));
    piece = [];
  }
  return Buffer.concat([Buffer.of(0), ...pieces, Buffer.of(0)]);
}

/** What stands between the zeros of a line; undefined for what is damaged. */
export function contentsOf(line: Buffer): (Buffer | undefined)[] {
  const found: (Buffer | undefined)[] = [];
  let block: number[] = [];
  for (const octet of line) {
    if (octet !== 0) block.push(octet);
    else if (block.length > 0) {
      found.push(contentOf(block));
      block = [];
    }
  }
  return found;
}

function contentOf(block: readonly number[]): Buffer | undefined {
  const octets: number[] = [];
  for (let at = 0; at < block.length; ) {
    const length = block[at] ?? 0;
    if (at + length > block.length) return undefined;
    octets.push(...block.slice(at + 1, at + length));
    if (length < 255) octets.push(0);
    at += length;
  }
  if (block.at(-1) === undefined || octets.length < 4) return undefined;
  // The last piece has a zero that was put behind the octets, unless it is of 254 octets.
  const whole = Buffer.from(octets.at(-1) === 0 ? octets.slice(0, -1) : octets);
  if (whole.length < 4 || whole.length > 4096 + 2 + 4) return undefined;
  const content = whole.subarray(0, -4);
  return crc32(content) === whole.readUInt32BE(whole.length - 4) ? content : undefined;
}
