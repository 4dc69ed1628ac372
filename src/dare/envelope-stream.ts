/**
 * Reads an envelope from octets that arrive in pieces (dare-12 §3, §5), in JSON, JSON-B or the mixture of both: header, then the body
 * as carried, then the trailer. Nothing here verifies or decrypts. Memory is that of header, trailer and one piece.
 */
import { ByteReader, collectContainer, decodeJsonB, encodeJson, isJsonText, isObject, readLongItem, spanOf } from "../codec/index.ts";
import { DareHeader, DareTrailer } from "./header.ts";

/** An envelope that is being read: first the body to its end, then the trailer. */
export interface StreamedEnvelope {
  readonly header: DareHeader;
  readonly headerOctets: Uint8Array;
  /** The body as carried. Pieces hold until the next one is asked for. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
  /** The trailer, once the body was read to its end; checks that nothing follows the envelope. ERR_ENCODING, ERR_SCHEMA. */
  trailer(): Promise<DareTrailer | undefined>;
  /** Releases the source before its end. */
  close(): Promise<void>;
}

/** Most octets of a header or trailer. */
const maxHeaderOctets = 0x100000;

/** Starts reading. `lenient` accepts the line breaks of foreign writers. ERR_ENCODING, ERR_SCHEMA, ERR_TOO_LARGE. */
export async function streamEnvelope(source: AsyncIterable<Uint8Array>, options: { readonly lenient?: boolean } = {}): Promise<StreamedEnvelope> {
  const { lenient = false } = options;
  const reader = new ByteReader(source);
  try {
    const isWrapped = await readOpening(reader);
    const headerOctets = await collectContainer(reader, maxHeaderOctets);
    const value = decodeJsonB(headerOctets, { lenient });
    const header = DareHeader.decode(value, "DareEnvelope.header");
    await skipComma(reader, true);
    return {
      header,
      headerOctets: isObject(value) && isJsonText(spanOf(value) ?? new Uint8Array()) ? headerOctets : encodeJson(value),
      body: readLongItem(reader, { kind: "data", lenient }),
      trailer: () => readTrailer(reader, { lenient, isWrapped }),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** The bracket before the header; true when the envelope stands in `{"DareEnvelope":...}`. */
async function readOpening(reader: ByteReader): Promise<boolean> {
  await reader.skipBlanks();
  const isWrapped = (await reader.peek()) === 0x7b;
  if (isWrapped) {
    await reader.octet();
    await reader.skipBlanks();
    await expectText(reader, '"DareEnvelope"');
    await reader.skipBlanks();
    await expectText(reader, ":");
    await reader.skipBlanks();
  }
  await expectText(reader, "[");
  await reader.skipBlanks();
  return isWrapped;
}

async function readTrailer(
  reader: ByteReader,
  options: { readonly lenient: boolean; readonly isWrapped: boolean },
): Promise<DareTrailer | undefined> {
  let trailer: DareTrailer | undefined;
  await skipComma(reader, false);
  if ((await reader.peek()) === 0x7b) {
    const octets = await collectContainer(reader, maxHeaderOctets);
    trailer = DareTrailer.decode(decodeJsonB(octets, { lenient: options.lenient }), "DareEnvelope.trailer");
    await reader.skipBlanks();
  }
  await expectText(reader, "]");
  await reader.skipBlanks();
  if (options.isWrapped) await expectText(reader, "}");
  await reader.skipBlanks();
  if ((await reader.peek()) !== undefined) throw reader.refusal("expected the end");
  return trailer;
}

/** The comma that JSON needs and JSON-B may leave out. */
async function skipComma(reader: ByteReader, beforeBody: boolean): Promise<void> {
  await reader.skipBlanks();
  if ((await reader.peek()) === 0x2c) {
    await reader.octet();
    await reader.skipBlanks();
  } else if (beforeBody && (await reader.peek()) === 0x22) {
    throw reader.refusal("expected a comma");
  }
}

async function expectText(reader: ByteReader, text: string): Promise<void> {
  for (const character of text) {
    if ((await reader.peek()) !== character.charCodeAt(0)) throw reader.refusal(`expected ${character}`);
    await reader.octet();
  }
}
