/** `account pin` and `account connect`: how further machines get into the account. */
import type { AccountContext } from "../../../account/index.ts";
import { connectByCode, issuePin } from "../../../account/index.ts";
import { qrForTerminal } from "../../../codec/qr/index.ts";
import { usualUrl } from "../../../protocol/index.ts";
import { domainOf } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf, numberOf, sharedStoresOf, someRoles } from "../values.ts";

/** What `account pin` takes. */
export interface PinFlags {
  readonly role?: readonly string[];
  readonly share?: readonly string[];
  readonly minutes?: string;
  readonly expire?: string;
  readonly name?: string;
  readonly qr?: boolean;
}

/** `account pin`: lets one device join with the roles named, without anybody comparing fingerprints. */
export async function accountPin(call: Invocation, flags: PinFlags): Promise<void> {
  const { output } = call;
  const roles = someRoles(flags.role);
  const sharedStores = sharedStoresOf(flags.share, roles);
  const seconds =
    flags.minutes === undefined ? durationOf(flags.expire ?? "1", "d") : 60 * numberOf(flags.minutes, { name: "--minutes", least: 1, most: 525_600 });
  const { pin, service } = await inAccount(call, { doing: "issuing a PIN", sync: "needed" }, async (context) => ({
    pin: await issuePin(context, {
      roles,
      minutes: seconds / 60,
      ...(flags.name === undefined ? {} : { localName: flags.name }),
      ...(sharedStores === undefined ? {} : { sharedStores }),
    }),
    service: wayTo(call, context),
  }));
  report(output, { pin: pin.pin, uri: pin.uri, expires: pin.expires, roles }, () => {
    output.line(`PIN=${pin.pin} (Expires=${pin.expires})`);
    output.line(`URI=${pin.uri}`);
    if (flags.qr) output.raw(`${qrForTerminal(pin.uri)}\n`);
  });
  const where = service === undefined ? "" : ` --service ${service}`;
  const joins = roles.includes("hub")
    ? `'mesh-hub init${where}' on the hub`
    : `'meshman${where} device request URI${flags.name === undefined ? " --name NAME" : ""}' on the new device`;
  output.say(`next: ${joins}; it is let in while 'meshman agent' runs here, or at the next 'meshman account sync'`);
}

/** The URL that another machine has to be told; undefined where the address leads to the service. */
function wayTo({ service }: Invocation, context: AccountContext): string | undefined {
  const url = service ?? context.serviceUrlOf(context.address);
  return url === usualUrl(domainOf(context.address)) ? undefined : url;
}

/** `account connect URI`: a device that speaks to services itself, by its printed code. */
export async function accountConnect(
  call: Invocation,
  uri: string,
  flags: { readonly role?: readonly string[]; readonly share?: readonly string[]; readonly name?: string },
): Promise<void> {
  const { output, service } = call;
  const roles = someRoles(flags.role);
  const sharedStores = sharedStoresOf(flags.share, roles);
  const { device, description } = await inAccount(call, { doing: "connecting the device", sync: "needed" }, async (context) => {
    return connectByCode(context, uri, {
      roles,
      ...(sharedStores === undefined ? {} : { sharedStores }),
      ...(flags.name === undefined ? {} : { localName: flags.name }),
      ...(service === undefined ? {} : { configured: service }),
    });
  });
  const { Manufacturer: maker, Model: model, Class: kind } = description;
  report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, roles, manufacturer: maker, model, class: kind }, () => {
    output.line(`   Device UDF = ${device.DeviceUdf}`);
    output.line(`   Device = ${maker} ${model} (${kind})`);
  });
  output.say("next: the device finishes by itself; on a machine of yours with 'meshman device complete'");
}
