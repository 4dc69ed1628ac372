/** What is asked of a booted machine, whatever runs it. */

/** What a command in the machine answered. */
export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  /** Another status than 0 is an answer, too. */
  readonly mayFail?: boolean;
  readonly timeoutMs?: number;
}

/** A machine with systemd. */
export abstract class Booted {
  /** Runs a shell command in the machine. Throws when it fails, unless it may. */
  abstract run(command: string, options?: RunOptions): Promise<Answer>;

  /** Runs a program of the package and gives its JSON answer. */
  async ask<T>(command: string): Promise<T> {
    const { stdout } = await this.run(`${command} --json`);
    return JSON.parse(stdout.trim().startsWith("{\n") ? stdout : (stdout.trim().split("\n").at(-1) ?? "")) as T;
  }

  /** Properties of a unit as systemd has them. */
  async show(unit: string): Promise<Readonly<Record<string, string>>> {
    const { stdout } = await this.run(`systemctl show ${unit}`);
    return Object.fromEntries(stdout.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  }

  /** What a unit, or systemd about it, has written since the boot. */
  async journal(unit: string): Promise<string> {
    return (await this.run(`journalctl --boot --no-pager --output=cat --unit=${unit}`)).stdout;
  }
}
