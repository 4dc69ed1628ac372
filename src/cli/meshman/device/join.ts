/** `device request`, `complete` and `install`: the new machine's side of joining an account. */
import type { AccountContext } from "../../../account/index.ts";
import { completeConnection, completeInstalled, installDevice, isInstalled, requestConnection } from "../../../account/index.ts";
import { fileError } from "../../../base/atomic-file.ts";
import { readAtMost } from "../../../base/bounded-file.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import type { ConnectUri } from "../../../crypto/index.ts";
import { parseConnectUri } from "../../../crypto/index.ts";
import { accountAddress } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import { inDirectory, serviceOf } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

/** Whom to ask, from an address with a PIN or from a URI that holds both. */
interface Target {
  readonly address: string;
  readonly pin?: string;
  readonly accountUdf?: string;
}

/** What `device request` takes beside the address or URI. */
export interface RequestFlags {
  readonly pin?: string;
  /** File with the PIN or its URI; "-" is stdin. */
  readonly pinFile?: string;
  readonly name?: string;
  readonly anew?: boolean;
}

/** A URI may stand where the address stands, or in the file that holds the PIN. */
async function targetOf(call: Invocation, text: string | undefined, { pin, pinFile }: RequestFlags): Promise<Target> {
  if (pin !== undefined && pinFile !== undefined) throw new MeshError("ERR_USAGE", "--pin and --pin-file say the same; give one of them");
  const secret = pinFile === undefined ? pin : await readSecretText({ kind: "pin", file: pinFile, cwd: process.cwd(), stdin: call.stdin });
  const uri = [text, secret].find((part) => part !== undefined && /^mcu:/i.test(part));
  if (uri !== undefined) {
    const target = targetOfUri(parseConnectUri(uri));
    if (uri === text && secret !== undefined) throw new MeshError("ERR_USAGE", "the URI holds the PIN; leave the other away");
    if (uri === secret && text !== undefined && accountAddress(text) !== target.address) {
      throw new MeshError("ERR_USAGE", `the PIN is one of ${target.address}, not of ${text}`, { hint: "leave the address away: the PIN names it" });
    }
    return target;
  }
  if (text === undefined) {
    throw new MeshError("ERR_USAGE", "which account?", { hint: "name its address, or give the URI of 'meshman account pin', also by --pin-file" });
  }
  const address = accountAddress(text);
  if (secret === undefined) return { address };
  return targetWithPin(address, secret);
}

function targetWithPin(address: string, pin: string): Target {
  return { address, pin: checkedPin(`mcu://${address}/${pin}`) };
}

function checkedPin(uri: string): string {
  try {
    const { code, kind } = parseConnectUri(uri);
    if (kind === "pin") return code;
  } catch (error) {
    if (!isMeshError(error)) throw error;
  }
  throw new MeshError("ERR_PIN_INVALID", "the PIN is not complete, or a character of it is wrong");
}

function targetOfUri({ account, code, kind, udf }: ConnectUri): Target {
  if (kind !== "pin") {
    throw new MeshError("ERR_CODE_KIND", "this is the printed code of a device, not a PIN of an account", {
      hint: "on an administration device: 'meshman account connect URI'; for a small device, on the hub: 'mesh-hub onboard URI'",
    });
  }
  return { address: account, pin: code, ...(udf === undefined ? {} : { accountUdf: udf }) };
}

/** `device request ADDRESS|URI`: asks to become a device of an account. */
export async function deviceRequest(call: Invocation, text: string | undefined, flags: RequestFlags): Promise<void> {
  const { output, dir, ports } = call;
  const target = await targetOf(call, text, flags);
  const url = await serviceOf(call, target.address);
  await makeDirectory(dir);
  const { deviceUdf, accountUdf, witness } = await inDirectory(call, { doing: "asking to be connected" }, () =>
    requestConnection({
      dir,
      ...target,
      serviceUrl: url,
      ports,
      ...(flags.name === undefined ? {} : { localName: flags.name }),
      anew: flags.anew === true,
    }),
  );
  report(output, { deviceUdf, accountUdf, witness }, () => {
    output.line(`   Device UDF = ${deviceUdf}`);
    output.line(`   Witness value = ${witness}`);
    output.line(`   Account UDF = ${accountUdf}`);
  });
  if (target.pin === undefined) output.say("on an administration device, 'meshman device pending' must show the same witness; accept it there");
  output.say("next: 'meshman device complete --wait 5m'");
}

/** `device complete`: fetches the answer and becomes a device of the account. */
export async function deviceComplete(call: Invocation, flags: { readonly wait?: string }): Promise<void> {
  const { output } = call;
  const seconds = flags.wait === undefined ? 0 : durationOf(flags.wait, "s");
  const done = await inDirectory(call, { doing: "waiting for the answer" }, async () => {
    const context = await untilAnswered(call, seconds);
    await context.close();
    return context;
  });
  report(output, { deviceUdf: done.deviceUdf, account: done.address, accountUdf: done.accountUdf, roles: done.roles }, () => {
    output.line(`   Device UDF = ${done.deviceUdf}`);
    output.line(`   Account = ${done.address}`);
    output.line(`   Account UDF = ${done.accountUdf}`);
  });
  const opens = done.roles.includes("threshold")
    ? "; 'meshman dare encode FILE --encrypt self' on any machine of yours makes a file that this one opens together with the service"
    : "";
  output.say(`next: 'meshman device list'${opens}`);
}

/** A service waits for less than a minute at a time. */
const longestWait = 50;
const pauseMs = 1000;

async function untilAnswered(call: Invocation, seconds: number): Promise<AccountContext> {
  const { dir, ports, service, signal } = call;
  const { clock } = ports;
  const end = clock.monotonic() + seconds * 1000;
  for (;;) {
    const left = Math.max(0, Math.ceil((end - clock.monotonic()) / 1000));
    const waitSeconds = Math.min(longestWait, left);
    try {
      if (await isInstalled(dir))
        return await completeInstalled({ dir, waitSeconds, ports, ...(service === undefined ? {} : { configured: service }) });
      return await completeConnection({ dir, waitSeconds, ports });
    } catch (error) {
      if (!isMeshError(error, "ERR_PENDING") || clock.monotonic() >= end) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** A maker's file has some kilobytes. */
const mostFileOctets = 1 << 20;

/** `device install FILE`: makes a blank machine the device of a maker's file. */
export async function deviceInstall(call: Invocation, file: string): Promise<void> {
  const { output, dir, ports, service } = call;
  const octets = await readAtMost(file, mostFileOctets).catch((error: unknown) => Promise.reject(readError(error, file)));
  await makeDirectory(dir);
  const { deviceUdf, maker } = await inDirectory(call, { doing: "installing" }, () =>
    installDevice({ dir, file: octets, ports, ...(service === undefined ? {} : { makerServiceUrl: service }) }),
  );
  report(output, { deviceUdf, maker }, () => {
    output.line(`   Device UDF = ${deviceUdf}`);
    output.line(`   Maker = ${maker}`);
  });
  output.say("next: 'meshman account connect URI' on an administration device, with the printed code; here 'meshman device complete --wait 5m'");
}

function readError(error: unknown, file: string): MeshError {
  if ((error as NodeJS.ErrnoException).code === "ENOENT")
    return new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { hint: "name the .medk file of the maker" });
  return fileError(error, `cannot read ${file}`);
}
