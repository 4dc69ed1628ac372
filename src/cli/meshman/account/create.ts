/** `account create`. */
import { createAccount } from "../../../account/index.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { MeshError } from "../../../base/errors.ts";
import { accountAddress } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { readSecretText } from "../../term/secret-text.ts";
import { inDirectory, serviceOf } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `account create` takes. */
export interface CreateFlags {
  readonly name?: string;
  readonly invitation?: string;
  /** File with the invitation; "-" is stdin. */
  readonly invitationFile?: string;
}

async function invitationOf({ stdin }: Invocation, { invitation, invitationFile: file }: CreateFlags): Promise<string | undefined> {
  if (invitation !== undefined && file !== undefined)
    throw new MeshError("ERR_USAGE", "--invitation and --invitation-file say the same; give one of them");
  return file === undefined ? invitation : await readSecretText({ kind: "invitation", file, cwd: process.cwd(), stdin });
}

/** `account create ADDRESS`: a new account with this machine as its first administrator. */
export async function accountCreate(call: Invocation, text: string, options: CreateFlags): Promise<void> {
  const { output, dir, ports } = call;
  const address = accountAddress(text);
  const invitation = await invitationOf(call, options);
  const service = await serviceOf(call, address);
  await makeDirectory(dir);
  const { accountUdf, deviceUdf } = await inDirectory(call, { doing: `creating ${address}` }, async () => {
    const context = await createAccount({
      dir,
      address,
      serviceUrl: service,
      ports,
      ...(options.name === undefined ? {} : { localName: options.name }),
      ...(invitation === undefined ? {} : { invitation }),
    });
    await context.close();
    return { accountUdf: context.accountUdf, deviceUdf: context.deviceUdf };
  });
  report(output, { account: address, udf: accountUdf, deviceUdf, service }, () => {
    output.line(`Account=${address}`);
    output.line(`UDF=${accountUdf}`);
  });
  output.say(
    "next: 'meshman account pin --role hub' for a hub, 'meshman account pin --role web,command' for another machine of yours, 'meshman account pin --role threshold' for a phone that may be lost",
  );
}
