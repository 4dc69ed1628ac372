/** Writes lines to a file descriptor at once, and never fails: on a full disk lines are dropped and counted, and the house goes on. */
import { writeSync } from "node:fs";

/**
 * A writer of lines; the descriptor is asked for at each line.
 * @param lost makes the line that tells how many were dropped; it is written when there is room again
 */
export function lineWriter(fd: () => number, lost: (count: number) => string): (line: string) => void {
  let dropped = 0;
  let isCut = false;
  const write = (text: string): boolean => {
    const octets = Buffer.from(isCut ? `\n${text}` : text);
    let done = 0;
    try {
      while (done < octets.length) done += writeSync(fd(), octets, done);
      isCut = false;
      return true;
    } catch {
      // Full disk, a pipe that nobody reads: there is nowhere to tell it, so it is counted.
      isCut = done > 0 || isCut;
      return false;
    }
  };
  return (line) => {
    if (dropped > 0 && write(lost(dropped))) dropped = 0;
    if (dropped > 0 || !write(line)) dropped += 1;
  };
}
