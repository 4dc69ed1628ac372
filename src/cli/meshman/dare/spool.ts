/** Octets of a pipe, kept on the disk to be read twice. The file has no name: whatever ends the process ends the file. */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFully, reported, writeFully } from "../../../base/append-file.ts";

const pieceOctets = 0x10000;

/** Runs a task with a source that can be read again and again. Errors: ERR_DISK_FULL, ERR_PERMISSION, those of the source and of the task. */
export async function spooled<T>(octets: AsyncIterable<Uint8Array>, task: (source: () => AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  const handle = await nameless();
  try {
    let length = 0;
    for await (const piece of octets) {
      await writeFully(handle, piece, length);
      length += piece.length;
    }
    return await task(() => fromBeginning(handle));
  } finally {
    await handle.close();
  }
}

async function nameless(): Promise<FileHandle> {
  return reported(async () => {
    const directory = await mkdtemp(join(tmpdir(), "meshman-"));
    try {
      return await open(join(directory, "spool"), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

async function* fromBeginning(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; ; ) {
    const piece = await readFully(handle, at, pieceOctets);
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}
