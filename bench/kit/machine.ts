/** What the figures were taken on, and what processes take of it: /proc of Linux. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

/** The line that stands above every table. */
export function machineLine(): string {
  const [cpu] = cpus();
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  return `${cpus().length} × ${cpu?.model.trim() ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Linux ${release()}, Node ${process.version}, load ${load}`;
}

/** Memory that a process has in RAM now, in MB. */
export function rssOf(pid: number): number {
  const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return (Number(pages) * 4096) / 1e6;
}

/** Processor time that a process has used, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Octets that a process has handed to the disk and to the write calls. */
export function writtenBy(pid: number): { readonly disk: number; readonly calls: number } {
  const io = readFileSync(`/proc/${pid}/io`, "utf8");
  const read = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1] ?? Number.NaN);
  return { disk: read("write_bytes"), calls: read("wchar") };
}
