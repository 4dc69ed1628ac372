/** Commands about the page and the tokens of programs: open, token add, token list, token delete. */
import type { GrantedRight, TokenView } from "../../api/index.ts";
import { MeshError } from "../../base/errors.ts";
import { qrForTerminal } from "../../codec/qr/index.ts";
import { showTime } from "../term/age.ts";
import { report } from "../term/output.ts";
import { printTable } from "../term/table.ts";
import type { Invocation } from "./invocation.ts";

/** What `open` takes. */
export interface OpenFlags {
  readonly name?: string;
  readonly qr?: boolean;
}

/** `open`: a link to the page. Errors: ERR_CONFIG while it is off. */
export async function open({ output, hub }: Invocation, { name, qr = true }: OpenFlags): Promise<void> {
  const opened = await hub().open(name === undefined ? {} : { name });
  report(output, opened, () => {
    if (qr && output.isTerminal) output.say(qrForTerminal(opened.url));
    output.line(opened.url);
  });
  if (opened.fingerprint !== undefined && opened.url.startsWith("https:"))
    output.say(`the hub's certificate authority has SHA-256 ${opened.fingerprint}`);
  output.say(`next: open it within ${opened.seconds} s; it works once, and who opens it may do everything here`);
}

/** What `token add` takes. */
export interface TokenFlags {
  readonly command?: boolean;
  readonly risky?: boolean;
  readonly manage?: boolean;
  readonly place?: readonly string[];
  readonly class?: readonly string[];
  readonly device?: readonly string[];
  readonly days?: number;
}

/** `token add`: the secret goes to stdout alone, so that it can be caught in a file. */
export async function tokenAdd({ output, hub }: Invocation, name: string, flags: TokenFlags): Promise<void> {
  const { days } = flags;
  const added = await hub().tokenAdd({ name, rights: rightsOf(flags), ...(days === undefined ? {} : { days }) });
  report(output, added, () => output.line(added.secret));
  output.say(`${name} may ${added.token.rights.map(inWords).join(", ")}; the secret is not shown again`);
  output.say(`next: send it as 'Authorization: Bearer SECRET'; docs/openapi.json says what may be asked`);
}

function rightsOf(flags: TokenFlags): GrantedRight[] {
  const { command = false, risky = false, manage = false, place, class: classes, device } = flags;
  if (manage && (place ?? classes ?? device)) {
    throw new MeshError("ERR_USAGE", "--manage knows no places, classes or devices", { hint: "make two tokens, or leave the limits out" });
  }
  const limits = {
    ...(place ? { places: [...place] } : {}),
    ...(classes ? { classes: [...classes] } : {}),
    ...(device ? { devices: [...device] } : {}),
  };
  return [
    { allows: "read", ...limits },
    ...(command || risky ? [{ allows: "command" as const, ...limits, ...(risky ? {} : { harmless: true }) }] : []),
    ...(manage ? [{ allows: "manage" as const }] : []),
  ];
}

/** `token list` */
export async function tokenList({ output, surroundings, hub }: Invocation): Promise<void> {
  const tokens = await hub().tokens();
  report(output, { tokens }, () => {
    if (tokens.length === 0)
      return output.say("no tokens, and no page is signed in: 'mesh-hub token add' makes a token, 'mesh-hub open' opens the page");
    const when = (time: string): string => showTime(output, time, surroundings.clock.now());
    const rows = tokens.map(({ id, kind, name, rights, created, until }) => [
      kind,
      name,
      id,
      rights.map(inWords).join(", "),
      when(created),
      until === undefined ? "" : until.slice(0, 10),
    ]);
    printTable(output, ["kind", "name", "id", "may", "made", "until"], rows);
  });
}

/** `token delete` */
export async function tokenDelete({ output, hub }: Invocation, name: string): Promise<void> {
  const token: TokenView = await hub().tokenDelete(name);
  report(output, { token }, () => output.line(`ended ${token.kind} ${token.name}`));
}

function inWords({ allows, places = [], classes = [], devices = [], harmless }: GrantedRight): string {
  const limits = [...places.map((key) => `place ${key}`), ...classes, ...devices].join(" or ");
  return `${allows}${harmless === true ? " harmless" : ""}${limits === "" ? "" : ` (${limits})`}`;
}
