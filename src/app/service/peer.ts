/** `mesh-service peer`: the services of other domains that were met, and forgetting one that was set up anew; also while the service runs. */
import type { Command } from "commander";
import { createOutput, report } from "../../cli/term/output.ts";
import { printTable } from "../../cli/term/table.ts";
import { defaultLimits, PinFiles } from "../../provider/index.ts";

interface Flags {
  readonly dir: string;
  readonly json?: boolean;
}

/** Adds `peer list` and `peer forget`. */
export function addPeer(command: Command): void {
  const dress = (made: Command): Command =>
    made.requiredOption("--dir <directory>", "directory of the service").option("--json", "print one document of JSON");
  command.description("services of other domains that this one has met, and which fingerprint each is held to");
  dress(command.command("list", { isDefault: true }).description("domains, their services, and since when (the default command)")).action(list);
  dress(command.command("forget <domain>").description("hold the domain to the service that it shows next")).action(forget);
}

async function list(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const pins = await pinsOf(flags).list();
  report(output, { peers: pins.map(({ Domain, ServiceUdf, Pinned }) => ({ domain: Domain, service: ServiceUdf, pinned: Pinned })) }, () =>
    printTable(
      output,
      ["domain", "service", "pinned"],
      pins.map(({ Domain, ServiceUdf, Pinned }) => [Domain, ServiceUdf, Pinned]),
    ),
  );
  if (pins.length === 0) output.say("no service was met; those of --peer with ?udf= are not kept here");
}

async function forget(domain: string, flags: Flags): Promise<void> {
  const pin = await pinsOf(flags).forget(domain);
  const output = outputOf(flags);
  report(output, { forgotten: pin.Domain, service: pin.ServiceUdf }, () => output.line(`forgot service ${pin.ServiceUdf} of ${pin.Domain}`));
  output.say("next: the service that the domain shows next is pinned; the log of this service says which");
}

function pinsOf({ dir }: Flags): PinFiles {
  return new PinFiles({ dir, most: defaultLimits.pinnedPeers });
}

function outputOf({ json }: Flags) {
  return createOutput(process, { json: json === true });
}
