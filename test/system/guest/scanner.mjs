#!/usr/local/bin/node
import { execFileSync } from "node:child_process";
/**
 * A code scanner in HID POS mode, attached by the kernel's uhid: it scans each text that is written to its pipe. Stands for the scanner and its USB
 * plug; from the kernel's HID layer on (hidraw, udev, permissions, node-hid) all is real. linux/uhid.h: struct uhid_event of UHID_CREATE2, UHID_INPUT2.
 */
import { constants, createReadStream, openSync, readSync, rmSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const pipe = process.argv[2] ?? "/run/test-scanner";
/** Usage page 0x8C (bar code scanner), usage 2, collection; report 2: 63 octets in; end. */
const descriptor = Buffer.from("058c0902a1018502150026ff007508953f09fe8102c0", "hex");

const device = openSync("/dev/uhid", constants.O_RDWR | constants.O_NONBLOCK);
const create = Buffer.alloc(4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + 4096);
create.writeUInt32LE(11, 0);
create.write("Test Scanner", 4);
let at = 4 + 128 + 64 + 64;
at = create.writeUInt16LE(descriptor.length, at);
at = create.writeUInt16LE(3, at);
for (const number of [0x05e0, 0x1701, 1, 0]) at = create.writeUInt32LE(number, at);
descriptor.copy(create, at);
writeSync(device, create);

/** The kernel asks to be heard now and then; nothing here depends on it. */
setInterval(() => {
  try {
    readSync(device, Buffer.alloc(4380));
  } catch {
    // Nothing to read.
  }
}, 100);

function scan(text) {
  const octets = Buffer.from(text);
  for (let from = 0; from === 0 || from < octets.length; from += 56) {
    const part = octets.subarray(from, from + 56);
    const event = Buffer.alloc(4 + 2 + 64);
    event.writeUInt32LE(12, 0);
    event.writeUInt16LE(64, 4);
    event.set([2, part.length, ...Buffer.from("]Q1")], 6);
    event.set(part, 11);
    event[69] = from + 56 < octets.length ? 1 : 0;
    writeSync(device, event);
  }
}

rmSync(pipe, { force: true });
execFileSync("mkfifo", [pipe]);
// Opened for writing too, so that it does not end with the first writer.
createInterface({ input: createReadStream(pipe, { flags: "r+" }) }).on("line", scan);
