/** `dare earl`: a file under a key of its own, named as its resolver is asked for it. Who has the EARL can find and read it. udf-13 §6.2.2. */
import { basename, join, resolve } from "node:path";
import { makeDirectory } from "../../../base/directory.ts";
import { formatUdfUri, locator, newEncryptionKey } from "../../../crypto/index.ts";
import { sealStream } from "../../../dare/index.ts";
import { domainName } from "../../../schema/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import { contentTypeOf } from "../hash/content-type.ts";
import { givenKeyText, keyOctetsOf } from "../key/given.ts";
import type { Invocation } from "../surroundings.ts";
import { writeResult } from "./result.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";

/** What `dare earl` takes. */
export interface EarlFlags extends SealingFlags {
  readonly out: string;
  readonly cty?: string;
  readonly force?: boolean;
}

/** Octets of a new key: 30 digits. */
const keyLength = 18;

/** `dare earl IN DOMAIN`. */
export async function dareEarl(call: Invocation, input: string, domain: string, flags: EarlFlags): Promise<void> {
  const { output, ports } = call;
  const { key: _key, keyFile: _keyFile, ...others } = flags;
  const key = (await givenKeyText(call, flags)) ?? newEncryptionKey(ports.random, keyLength);
  const uri = formatUdfUri({ domain: domainName(domain), udf: key });
  const sealing = await sealingOf(call, others);
  const content = await contentOf(call, input);
  const directory = resolve(flags.out);
  await makeDirectory(directory);
  const id = locator(key);
  const file = join(flags.out, id);
  const cty = flags.cty ?? contentTypeOf(input);
  const octets = sealStream({
    ...sealing,
    symmetricKey: keyOctetsOf(key),
    cloakedMeta: { ...(cty !== undefined && { cty }), ...(content.path !== undefined && { Filename: basename(content.path) }) },
    digest: true,
    plaintext: content.read("encoding"),
    random: ports.random,
  });
  const bytes = await writeResult(output, { file, replace: flags.force ?? false, mode: 0o666 }, octets);
  report(output, { uri, key, identifier: id, file, bytes }, () => {
    output.line(`EARL: ${uri}`);
    output.line(`File: ${file}`);
  });
  output.say(`next: serve the file as https://${domain}/.well-known/mmm-udf/${id}; whoever gets the EARL can read it`);
}
