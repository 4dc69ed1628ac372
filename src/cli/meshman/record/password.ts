/** `password …`: what opens accounts elsewhere. A list never shows a password, `get` does. */
import { deleteRecord, findRecord, keepRecords, passwords, records } from "../../../account/index.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import type { PasswordFlags } from "./secret.ts";
import { passwordOf } from "./secret.ts";

/** `password add SITE USER [PASSWORD]`. */
export async function passwordAdd(
  call: Invocation,
  { site, user, secret }: { readonly site: string; readonly user: string; readonly secret: string | undefined },
  flags: PasswordFlags,
): Promise<void> {
  const { output } = call;
  const Password = await passwordOf(call, secret, flags);
  const fresh = await inAccount(call, { doing: "keeping the password", sync: "needed" }, (context) =>
    keepRecords(context, passwords, [{ Service: site, Username: user, Password }]),
  );
  report(output, { site, user, replaced: fresh === 0 }, () => output.line(`${user}@${site}`));
  if (fresh === 0) output.say("it took the place of the one that was there");
  output.say(`next: 'meshman password get ${JSON.stringify(site)}' prints it, on each machine with the role web or threshold`);
}

/** `password get SITE`. */
export async function passwordGet(call: Invocation, site: string): Promise<void> {
  const { output } = call;
  const { entry } = await inAccount(call, { doing: "opening the password", sync: "wanted" }, (context) => findRecord(context, passwords, site));
  const { Service, Username, Password } = entry;
  report(output, { site: Service, user: Username, password: Password }, () =>
    printFields(output, [
      ["site", Service],
      ["user", Username],
      ["password", Password],
    ]),
  );
}

/** `password list`. */
export async function passwordList(call: Invocation): Promise<void> {
  const { output } = call;
  const kept = await inAccount(call, { doing: "synchronising", sync: "wanted" }, (context) => records(context, passwords));
  const rows = kept.map(({ entry: { Service = "", Username = "" } }) => ({ site: Service, user: Username }));
  report(output, { passwords: rows }, () =>
    printTable(
      output,
      ["site", "user"],
      rows.map(({ site, user }) => [site, user]),
    ),
  );
  if (rows.length === 0) output.say("no passwords yet; 'meshman password add SITE USER --password-file FILE' keeps one");
}

/** `password delete SITE`. */
export async function passwordDelete(call: Invocation, site: string): Promise<void> {
  const { output } = call;
  const { entry } = await inAccount(call, { doing: "deleting the password", sync: "needed" }, (context) => deleteRecord(context, passwords, site));
  report(output, { site: entry.Service, user: entry.Username }, () => output.line(`${entry.Username ?? ""}@${entry.Service ?? ""}`));
}
