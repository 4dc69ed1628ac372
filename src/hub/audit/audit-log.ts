/**
 * The audit of a hub: each order that anybody gave, allowed or refused, is one line of a chain on the disk. Kept in parts of 1024 lines, each a journal
 * that begins with the end of the part before; old parts go as a whole, so that what is left still is a chain. docs/extensions.md §20
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Journal } from "../../base/journal.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import type { Principal } from "../command/principal.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";
import type { AuditBegin, AuditEnd, AuditLine } from "./audit-chain.ts";
import { beginOf, chainLine, emptyChain, endOf, follow } from "./audit-chain.ts";

/** What is told of an order. */
export interface AuditNote {
  readonly principal: Pick<Principal, "name" | "kind" | "id" | "from">;
  readonly device: string;
  readonly deviceName: string;
  readonly command: string;
  /** "Accept" and the other results, or the code of an error. */
  readonly outcome: string;
}

/** Which lines are wanted. */
export interface AuditQuery {
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly device?: string | undefined;
  /** Lines after this one. */
  readonly after?: number | undefined;
  readonly most: number;
}

/** What a look at the whole chain found. */
export interface AuditVerdict {
  readonly first: number;
  readonly count: number;
  /** The first line that does not follow from those before, and why. */
  readonly broken?: { readonly line: number; readonly reason: string };
}

/** How the audit is kept. */
export interface AuditLogOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly openFile?: OpenFile;
  /** Lines of a part, parts, and how long a part is kept at most after its last line; smaller in tests. */
  readonly limits?: AuditLimits;
}

/** Bounds of the audit. */
export interface AuditLimits {
  readonly linesEach: number;
  readonly parts: number;
  readonly keepMs: number;
}

const usualLimits: AuditLimits = { linesEach: 1024, parts: 64, keepMs: 90 * 86_400_000 };
/** Refusals of the same order of the same principal within this time are counted in the next line of them. */
const alikeMs = 60_000;
const mostAlike = 256;
const mostText = 80;

type Entry = { readonly begin: AuditBegin } | AuditLine;

/** The audit. One process uses a directory at a time. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #limits: AuditLimits;
  #journal: Journal<Entry>;
  #part: number;
  #begin: AuditEnd;
  #lines: AuditLine[];
  #end: AuditEnd;
  /** Turns of the file: a part that is full is closed before the next line. */
  #writing: Promise<void> = Promise.resolve();
  /** Refusals alike: when the last line of them was, and how many came since. */
  readonly #alike = new Map<string, { readonly at: number; count: number }>();

  private constructor(options: AuditLogOptions, part: OpenedPart) {
    this.#options = options;
    this.#limits = options.limits ?? usualLimits;
    this.#journal = part.journal;
    this.#part = part.number;
    this.#begin = part.begin;
    this.#lines = part.lines;
    this.#end = part.end;
  }

  /** Opens or begins the audit of a directory. A part that is damaged is kept aside, told as an alarm, and the chain begins anew. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    await makeDirectory(options.dir);
    const number = (await partsOf(options.dir)).at(-1) ?? 1;
    const former = number === 1 ? undefined : await readPart(pathOf(options.dir, number - 1)).catch(() => undefined);
    const part = await openPart(options, number, former?.end ?? emptyChain);
    const audit = new AuditLog(options, part);
    if (part.broken !== undefined) options.log.error("audit.broken", { line: part.broken });
    await audit.#forget();
    return audit;
  }

  /** Where the chain stands, with what is on its way to the disk. */
  get end(): AuditEnd {
    return this.#end;
  }

  /** Adds a line; resolves when it is on the disk. Never rejects: what the disk does not take is told to the log. */
  note(note: AuditNote): Promise<void> {
    const count = this.#countAlike(note);
    if (count === undefined) return this.#writing;
    const { principal, device, deviceName, command, outcome } = note;
    const { line, end } = chainLine(this.#end, {
      t: this.#options.clock.now(),
      p: shorten(principal.name, mostText),
      k: principal.kind,
      i: shorten(principal.id, mostText),
      f: principal.from,
      d: shorten(device, mostText),
      m: shorten(deviceName, mostText),
      c: shorten(command, mostText),
      o: outcome,
      ...(count > 0 ? { x: count } : {}),
    });
    this.#end = end;
    this.#writing = this.#writing.then(() => this.#write(line)).catch((error: unknown) => this.#failed(error));
    return this.#writing;
  }

  /** Lines as asked for, oldest first. Errors: ERR_STORE and its kind; a part that is damaged is passed over, verify names it. */
  async read({ since = 0, device, after = 0, most }: AuditQuery): Promise<readonly AuditLine[]> {
    await this.#writing;
    const found: AuditLine[] = [];
    for (const number of await partsOf(this.#options.dir)) {
      const lines = number === this.#part ? this.#lines : await linesOf(pathOf(this.#options.dir, number));
      for (const line of lines) {
        if (line.n <= after || line.t < since || (device !== undefined && line.d !== device)) continue;
        if (found.length >= most) return found;
        found.push(line);
      }
    }
    return found;
  }

  /** Goes through all that is on the disk. @param published an end that the account was told of: it has to be on the way */
  async verify(published?: AuditEnd): Promise<AuditVerdict> {
    await this.#writing;
    let end: AuditEnd | undefined;
    let first = 1;
    const broken = (line: number, reason: string): AuditVerdict => ({ first, count: this.#end.count, broken: { line, reason } });
    for (const number of await partsOf(this.#options.dir)) {
      let part: Part;
      try {
        part = await readPart(pathOf(this.#options.dir, number));
      } catch (error) {
        return broken((end?.count ?? 0) + 1, asMeshError(error).message);
      }
      if (end === undefined) first = part.begin.count + 1;
      else if (!isSame(end, part.begin)) return broken(part.begin.count + 1, "a part does not begin where the one before it ends");
      if (part.broken !== undefined) return broken(part.broken, "the line is not what was written");
      if (published && !isOnTheWay(published, part)) return broken(published.count, "it is not what the account was told of");
      end = part.end;
    }
    if (end && !isSame(end, this.#end)) return broken(end.count + 1, "what was written since the start of the hub is not there");
    if (published && published.count > this.#end.count) return broken(this.#end.count + 1, "the account was told of more lines");
    return { first, count: this.#end.count };
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#journal.close();
  }

  /** How many refusals alike the line stands for besides its own; undefined when it is to be counted alone. */
  #countAlike({ principal, device, deviceName, outcome }: AuditNote): number | undefined {
    if (!outcome.startsWith("ERR_")) return 0;
    // Nothing that whoever is refused can invent: names of commands would push out everything else.
    const key = JSON.stringify([principal.id, deviceName === "" ? "" : device, outcome]);
    const now = this.#options.clock.monotonic();
    const known = this.#alike.get(key);
    if (known && now - known.at < alikeMs) {
      known.count += 1;
      return undefined;
    }
    this.#alike.delete(key);
    for (const oldest of this.#alike.keys()) {
      if (this.#alike.size < mostAlike) break;
      this.#alike.delete(oldest);
    }
    this.#alike.set(key, { at: now, count: 0 });
    return known?.count ?? 0;
  }

  async #write(line: AuditLine): Promise<void> {
    if (this.#lines.length >= this.#limits.linesEach) await this.#nextPart();
    this.#lines.push(line);
    await this.#journal.append(line);
  }

  async #nextPart(): Promise<void> {
    const last = this.#lines.at(-1);
    const end = last && endOf({ count: last.n, digest: last.h });
    const part = await openPart(this.#options, this.#part + 1, end ?? this.#begin);
    await this.#journal.close();
    this.#journal = part.journal;
    this.#part = part.number;
    this.#begin = part.begin;
    this.#lines = part.lines;
    await this.#forget();
  }

  /** Whole parts, the oldest first; never the newest. */
  async #forget(): Promise<void> {
    const { dir, clock } = this.#options;
    const numbers = await partsOf(dir);
    for (const [place, number] of numbers.entries()) {
      if (number === this.#part) return;
      const isTooMany = numbers.length - place > this.#limits.parts;
      const last = (await linesOf(pathOf(dir, number))).at(-1);
      if (!isTooMany && last !== undefined && last.t > clock.now() - this.#limits.keepMs) return;
      await rm(pathOf(dir, number), { force: true });
    }
  }

  #failed(error: unknown): void {
    this.#options.log.error("audit.not_kept", { reason: asMeshError(error).message });
  }
}

interface Part {
  readonly begin: AuditEnd;
  readonly lines: AuditLine[];
  /** Of the lines that follow. */
  readonly end: AuditEnd;
  /** The first line that does not follow. */
  readonly broken?: number;
}

interface OpenedPart extends Part {
  readonly journal: Journal<Entry>;
  readonly number: number;
}

const partPattern = /^(\d{6})\.journal$/;
const pathOf = (dir: string, number: number): string => join(dir, `${String(number).padStart(6, "0")}.journal`);

async function partsOf(dir: string): Promise<readonly number[]> {
  const numbers = (await readdir(dir)).flatMap((name) => {
    const [, digits] = partPattern.exec(name) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

/** @param before where the part begins when it is made */
async function openPart({ dir, openFile = openAsItIs }: AuditLogOptions, number: number, before: AuditEnd): Promise<OpenedPart> {
  const path = pathOf(dir, number);
  return openFile({
    path,
    lost: "who gave orders before is not known any more",
    open: async () => {
      const opened = await Journal.read<Entry, { readonly journal: Journal<Entry>; readonly records: readonly Entry[] }>(
        { path },
        (journal, records) => ({
          journal,
          records,
        }),
      );
      if (opened.records.length === 0) await opened.journal.append({ begin: beginOf(before) });
      return { journal: opened.journal, number, ...partOf(opened.records.length === 0 ? [{ begin: beginOf(before) }] : opened.records) };
    },
  });
}

async function readPart(path: string): Promise<Part> {
  const { journal, records } = await Journal.open<Entry>({ path });
  await journal.close();
  return partOf(records);
}

async function linesOf(path: string): Promise<readonly AuditLine[]> {
  return (await readPart(path).catch(() => undefined))?.lines ?? [];
}

/** Errors: ERR_STORE_DAMAGED for what does not begin as a part. */
function partOf(records: readonly Entry[]): Part {
  const [head, ...rest] = records;
  const begin = head && "begin" in head ? endOf(head.begin) : undefined;
  if (!begin) throw new MeshError("ERR_STORE_DAMAGED", "a part of the audit does not say where it begins");
  const lines = rest.flatMap((entry) => ("begin" in entry ? [] : [entry]));
  let end = begin;
  for (const line of lines) {
    const next = follow(end, line);
    if (!next) return { begin, lines, end, broken: end.count + 1 };
    end = next;
  }
  return { begin, lines, end };
}

function isSame(one: AuditEnd, other: AuditEnd): boolean {
  return one.count === other.count && equalBytes(one.digest, other.digest);
}

/** False when the part has a line of that number with another digest. */
function isOnTheWay(published: AuditEnd, { begin, lines }: Part): boolean {
  if (published.count === begin.count) return isSame(published, begin);
  const line = lines.find(({ n }) => n === published.count);
  const end = line && endOf({ count: line.n, digest: line.h });
  return end === undefined || isSame(end, published);
}
