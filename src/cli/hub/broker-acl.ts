/** `broker acl`: the access control list for a Mosquitto that the house runs already. */
import { resolve } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import { brokerAcl } from "../../transport/mqtt/broker-acl.ts";
import { report } from "../term/output.ts";
import type { Invocation } from "./invocation.ts";

/** What `broker acl` takes. */
export interface AclFlags {
  readonly user?: string;
  readonly out?: string;
}

const usualUser = "mesh-hub";

/** Writes the list. Errors: ERR_USAGE for a name that does not fit, ERR_STORE where it cannot be written. */
export async function writeAcl({ output, load, surroundings }: Invocation, { user, out }: AclFlags): Promise<void> {
  const username = user ?? load().config.mqtt.external.username ?? usualUser;
  const acl = brokerAcl(username);
  if (out === undefined) {
    report(output, { user: username, acl }, () => {
      for (const line of acl.trimEnd().split("\n")) output.line(line);
    });
    return;
  }
  const file = resolve(surroundings.cwd, out);
  await writeFileAtomic(file, utf8(acl), { mode: 0o644 });
  report(output, { user: username, file }, () => output.line(`${file} is written for the user ${username}`));
  output.say(`next: name it as acl_file in mosquitto.conf, give the user a password by 'mosquitto_passwd', and restart the broker`);
}
