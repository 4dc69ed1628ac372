/** `mesh-hub audit`: who gave which order, and what came of it; and whether the list is the one that was written. */
import type { AuditLineView } from "../../api/index.ts";
import { catalogue, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { showTime } from "../term/age.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Invocation } from "./invocation.ts";

/** Which lines. */
export interface AuditFlags {
  readonly since?: string;
  readonly device?: string;
  readonly verify?: boolean;
}

const page = 1000;
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `audit [--since 2h] [--device kitchen light] [--verify]`. @returns the exit status: not 0 when the list was changed */
export async function audit(call: Invocation, flags: AuditFlags): Promise<number> {
  if (flags.verify === true) return verify(call);
  const { output, ports, hub } = call;
  const client = hub();
  const now = ports.clock.now();
  const since = flags.since === undefined ? undefined : sinceOf(flags.since, now);
  const device = flags.device === undefined ? undefined : await deviceOf(call, flags.device);
  const lines: AuditLineView[] = [];
  for (;;) {
    const last = lines.at(-1)?.line;
    const more = await client.audit({
      most: page,
      ...(since === undefined ? {} : { since }),
      ...(device === undefined ? {} : { device }),
      ...(last === undefined ? {} : { after: last }),
    });
    appendAll(lines, more);
    if (more.length < page) break;
  }
  report(output, { lines }, () => {
    printTable(
      output,
      ["when", "who", "from", "device", "order", "outcome"],
      lines.map(({ at, principal, from, name, device: udf, command, outcome, alike }) => [
        showTime(output, at, now),
        principal,
        from,
        name === "" ? udf : name,
        command,
        alike === undefined ? outcome : `${outcome} (and ${alike} alike before)`,
      ]),
    );
  });
  if (lines.length === 0) output.say("no order was given");
  return 0;
}

async function verify({ output, hub }: Invocation): Promise<number> {
  const verdict = await hub().auditVerify();
  const { first, count, broken, published } = verdict;
  const told = published === undefined ? "" : `; the account was told of the first ${published.count} at ${published.at}`;
  report(output, { ...verdict, good: broken === undefined }, () =>
    output.line(
      broken === undefined ? `lines ${first} to ${count} are as they were written${told}` : `! line ${broken.line}: ${broken.reason}${told}`,
    ),
  );
  if (broken === undefined) return 0;
  output.say("somebody has changed the list, or its disk is damaged: what stands from that line on proves nothing");
  return catalogue.ERR_VERIFICATION.exit;
}

/** A device by its name, or its fingerprint; of one that is gone the fingerprint alone. */
async function deviceOf({ hub }: Invocation, text: string): Promise<string> {
  const found = (await hub().devices()).filter(({ name, udf }) => name.toLowerCase() === text.toLowerCase() || udf === text);
  if (found.length > 1)
    throw new MeshError("ERR_AMBIGUOUS", `${found.length} devices are called ${JSON.stringify(text)}`, { hint: "give the fingerprint" });
  if (found[0]) return found[0].udf;
  if (/^[A-Z2-7]{4}(-[A-Z2-7]{4})+$/.test(text)) return text;
  throw new MeshError("ERR_NOT_FOUND", `no device is called ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'mesh-hub devices'" });
}

/** Errors: ERR_USAGE. */
function sinceOf(text: string, now: number): number {
  const [, digits, unit = "d"] = /^(\d{1,6})\s*([smhd])?$/i.exec(text.trim()) ?? [];
  const time = digits === undefined ? Date.parse(text) : now - Number(digits) * (unitMs[unit.toLowerCase()] ?? Number.NaN);
  if (Number.isNaN(time))
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 40))} is no time`, { hint: "write it like 2h, 3d or 2026-12-24" });
  return Math.max(0, time);
}
