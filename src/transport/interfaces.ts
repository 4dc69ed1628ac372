/** The network interfaces of this machine as a port: what is up, with its addresses. Cables are pulled and addresses come late, so ask again. */
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** One interface that is up. */
export interface NetworkInterface {
  readonly name: string;
  /** True for the loopback interface. */
  readonly internal: boolean;
  /** Hardware address; a replaced adapter has another. */
  readonly mac: string;
  /** Its addresses with their prefix lengths, as `192.168.1.2/24` or `fd00::1/64`; never empty. */
  readonly cidrs: readonly string[];
}

/** Gives the interfaces that are up at this moment. */
export type Interfaces = () => readonly NetworkInterface[];

/** This machine's own; an interface without link or address is not among them. */
export const systemInterfaces: Interfaces = () =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const [first] = addresses;
    const cidrs = addresses.flatMap(({ cidr }) => cidr ?? []);
    return first === undefined || cidrs.length === 0 ? [] : [{ name, internal: first.internal, mac: first.mac, cidrs }];
  });

/** The IPv4 addresses of an interface. */
export function ipv4Of({ cidrs }: NetworkInterface): readonly string[] {
  return cidrs.map((cidr) => cidr.replace(/\/\d+$/, "")).filter((address) => isIP(address) === 4);
}

/** Whether an address is in one of the interface's IPv4 networks. */
export function subnetsOf({ cidrs }: NetworkInterface): BlockList {
  const subnets = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", length] = cidr.split("/");
    if (isIP(address) === 4) subnets.addSubnet(address, Number(length), "ipv4");
  }
  return subnets;
}

/** The one address that a listener is bound to; undefined for the addresses that mean all. */
export function boundAddress(host: string): string | undefined {
  return host === "0.0.0.0" || host === "::" ? undefined : host;
}

/** Whether an address, or a host of a configuration, is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Whether the interface has the address; the loopback interface has all of its network. */
export function hasAddress(at: NetworkInterface, address: string): boolean {
  if (at.internal && isIP(address) === 4) return subnetsOf(at).check(address, "ipv4");
  return at.cidrs.some((cidr) => cidr.startsWith(`${address}/`));
}

/** Says in words for the owner that no interface has an address that is asked for; undefined when one has it, or for a name. */
export function missingAddress(host: string, interfaces: readonly NetworkInterface[]): string | undefined {
  const address = boundAddress(host);
  if (address === undefined || isIP(address) === 0 || interfaces.some((at) => hasAddress(at, address))) return undefined;
  return `no interface has the address ${address}`;
}
