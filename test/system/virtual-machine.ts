/**
 * A whole machine under qemu, in software: its own kernel, no network but its loopback, and a line on which commands are run. Its clock goes by the
 * instructions it has carried out, and never faster than the time of day: on a slow host it lives more slowly, and no time limit in it comes too soon.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Answer, Booted, type RunOptions } from "../service/booted.ts";
import { until } from "../service/machine.ts";
import type { Image } from "./image.ts";

/** What it is made of. */
export interface VirtualMachineOptions {
  readonly image: Image;
  readonly disk: string;
  /** The package, for /usr/local. */
  readonly packageDisk: string;
  /** Directory of this run. */
  readonly dir: string;
  readonly memoryMb: number;
}

/** An instruction counts for 2^1 ns: no emulation on this side of the world is as fast. */
const shift = 1;
const bootMs = 3_600_000;
const commandMs = 1_800_000;
const consoleOctets = 40_000;

/** One machine. */
export class VirtualMachine extends Booted {
  readonly #options: VirtualMachineOptions;
  #qemu: ChildProcess | undefined;
  #line: Socket | undefined;
  #console = "";
  #number = 0;
  #boots = 0;
  readonly #answers = new Map<string, (answer: Answer) => void>();
  #ready: () => void = () => undefined;

  constructor(options: VirtualMachineOptions) {
    super();
    this.#options = options;
  }

  /** The end of what kernel and systemd have written. */
  get console(): string {
    return this.#console;
  }

  /** Switches it on and waits until all services were started. */
  async boot(): Promise<void> {
    const { image, disk, packageDisk, dir, memoryMb } = this.#options;
    const path = join(dir, "line.sock");
    const drive = (file: string, more = ""): string[] => ["-drive", `file=${file},if=virtio,format=raw,cache=unsafe${more}`];
    const qemu = spawn(
      "qemu-system-x86_64",
      [
        ...["-M", "q35", "-accel", "tcg,thread=single", "-icount", `shift=${shift},sleep=on`, "-cpu", "Westmere,+rdrand", "-smp", "1"],
        ...["-m", String(memoryMb), "-nodefaults", "-display", "none", "-serial", "stdio", "-rtc", "clock=vm"],
        ...["-kernel", image.kernel, "-initrd", image.initrd],
        ...["-append", "console=ttyS0 root=/dev/vda rw quiet mitigations=off systemd.show_status=0"],
        ...[...drive(disk), ...drive(packageDisk, ",readonly=on")],
        ...["-device", "virtio-serial-pci", "-chardev", `socket,id=line,path=${path},server=on,wait=on`],
        ...["-device", "virtserialport,chardev=line,name=mesh-hub-test"],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#qemu = qemu;
    for (const stream of [qemu.stdout, qemu.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#console = (this.#console + chunk.toString()).slice(-consoleOctets);
      });
    }
    this.#line = await until("the line of the machine", async () => {
      if (qemu.exitCode !== null) throw new Error(`qemu ended with ${qemu.exitCode}: ${this.#console}`);
      return dial(path);
    });
    createInterface({ input: this.#line }).on("line", (line) => this.#said(line));
    await this.#isUp(0);
  }

  /** Boots anew, in order: what is running is ended by systemd. */
  async reboot(): Promise<void> {
    const before = this.#boots;
    // The line ends with the machine, and no answer to this comes.
    void this.#ask("systemctl --no-block reboot");
    await this.#isUp(before);
  }

  async run(command: string, { mayFail = false, timeoutMs = commandMs }: RunOptions = {}): Promise<Answer> {
    const answered = this.#ask(command);
    let late: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      late = setTimeout(
        () => reject(new Error(`no answer to '${command}' within ${timeoutMs} ms; the console ends with ${this.#console.slice(-2000)}`)),
        timeoutMs,
      );
    });
    const answer = await Promise.race([answered, limit]).finally(() => clearTimeout(late));
    if (answer.status !== 0 && !mayFail) throw new Error(`'${command}' ended with ${answer.status}: ${answer.stdout}${answer.stderr}`);
    return answer;
  }

  /** Shuts it down in order. */
  async powerOff(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === undefined || qemu.exitCode !== null) return;
    const ended = once(qemu, "exit");
    void this.#ask("systemctl --no-block poweroff");
    await ended;
  }

  /** Ends it at once; harmless when it is off. */
  kill(): void {
    this.#line?.destroy();
    this.#qemu?.kill("SIGKILL");
  }

  #ask(command: string): Promise<Answer> {
    this.#number += 1;
    const number = String(this.#number);
    return new Promise((resolve) => {
      this.#answers.set(number, resolve);
      this.#line?.write(`${number} ${Buffer.from(command).toString("base64")}\n`);
    });
  }

  #said(line: string): void {
    const [number = "", status, stdout = "", stderr = ""] = line.trim().split(" ");
    if (number === "ready") {
      this.#boots += 1;
      this.#ready();
      return;
    }
    const text = (part: string): string => Buffer.from(part, "base64").toString();
    this.#answers.get(number)?.({ status: Number(status), stdout: text(stdout), stderr: text(stderr) });
    this.#answers.delete(number);
  }

  async #isUp(before: number): Promise<void> {
    if (this.#boots === before) {
      let late: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve, reject) => {
        this.#ready = resolve;
        late = setTimeout(() => reject(new Error(`not up within ${bootMs} ms; the console ends with ${this.#console}`)), bootMs);
        this.#qemu?.once("exit", (code) => reject(new Error(`qemu ended with ${code}: ${this.#console}`)));
      }).finally(() => clearTimeout(late));
    }
    await this.run("systemctl is-system-running --wait", { mayFail: true });
  }
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", () => resolve(undefined));
  });
}
