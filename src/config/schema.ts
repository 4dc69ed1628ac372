/**
 * The keys of hub.config.json: types, bounds, defaults and descriptions, and the only place where defaults are written.
 * The JSON Schema beside this file, the commented example and the names of environment variables are all made from it.
 */
import * as v from "valibot";

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
const milliseconds = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const seconds = milliseconds;
const text = v.pipe(v.string(), v.nonEmpty());
/** mDNS is spoken over IPv4; names of interfaces change with the order in which adapters are found. */
const ipv4 = v.pipe(v.string(), v.ipv4());
/** A path; what a shell makes of `~` is not made of it here. */
const path = v.pipe(text, v.regex(/^(?!~)/, "~ is not known here: write the whole path"));

/** An address or name of a machine. */
const address = v.pipe(text, v.regex(/^[^[\]]*$/, "write the address without brackets, as in ::1"));
const whenPresent = v.picklist(["auto", "on", "off"]);

/** Which languages there are words of is a matter of files. */
const languageTag = v.pipe(v.string(), v.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, 'expected a tag as in "de"'));

/** As the protocol's own programs write where they listen. */
const wyomingUrl = v.pipe(v.string(), v.regex(/^tcp:\/\/[^\s/]+:\d{1,5}$/, "expected tcp://HOST:PORT"));

/** A secret is never written into the configuration, only where it lies. */
const secretReference = v.pipe(v.string(), v.regex(/^(file:(?!~)|credential:).+$/, "expected file:PATH or credential:NAME; ~ is not known here"));

const topicFilter = v.pipe(
  text,
  v.maxLength(256),
  v.regex(/^(?!mesh(\/|$)|\$|[#+])[^#]*(\/#)?$/, "expected topics of the bridge, as in zigbee2mqtt/#"),
);

/** One bridge. */
const bridge = v.strictObject({
  kind: v.pipe(v.picklist(["zigbee2mqtt", "tasmota", "shelly", "esphome", "homeassistant"]), v.description("What speaks there.")),
  name: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected lower case letters, digits and hyphens"),
      v.description("Its name here; the kind when absent."),
    ),
  ),
  url: v.optional(
    v.pipe(
      v.string(),
      v.url(),
      v.regex(/^mqtts?:\/\//, "expected mqtt:// or mqtts://"),
      v.description("The broker that it speaks to; that of the hub when absent."),
    ),
  ),
  username: v.optional(
    v.pipe(
      text,
      v.regex(/^[^+#/]+$/, "expected a name without +, # and /"),
      v.description("At another broker: who the hub is there. At the hub's own: who the bridge is."),
    ),
  ),
  password: v.optional(v.pipe(secretReference, v.description("Where the password lies: file:PATH or credential:NAME."))),
  ca: v.optional(
    v.pipe(path, v.description("File with the certificates, in PEM, that vouch for the broker of an mqtts url; those of the machine when absent.")),
  ),
  topics: v.optional(
    v.pipe(v.array(topicFilter), v.minLength(1), v.maxLength(16), v.description("Where its devices speak; the usual ones of its kind when absent.")),
  ),
});

/** A satellite and where it stands. */
const satellitePlace = v.strictObject({
  satellite: v.pipe(text, v.maxLength(128), v.description("Its satellite or device id at the assistant, or the address that it comes from.")),
  place: v.pipe(text, v.maxLength(64), v.description("Name or key of the place.")),
});

/** A value with its default. */
function key<const S extends v.GenericSchema>(schema: S, fallback: NonNullable<v.InferInput<S>>, description: string) {
  return v.pipe(v.optional(schema, fallback as never), v.description(description));
}

/** A value that may be absent; the example stands commented out in the example file. */
function unset<const S extends v.GenericSchema>(schema: S, example: v.InferInput<S>, description: string) {
  return v.pipe(v.optional(schema), v.description(description), v.examples([example as never]));
}

function group<const E extends v.ObjectEntries>(description: string, entries: E) {
  return v.pipe(v.optional(v.strictObject(entries), {} as never), v.description(description));
}

/** The schema of the whole file. */
export const hubConfigSchema = v.strictObject({
  $schema: v.pipe(v.optional(v.string()), v.description("Where an editor finds the JSON Schema of this file.")),
  stateDir: key(path, "/var/lib/mesh-hub", "Where keys, stores and journals live; relative to this file."),
  account: group("The Mesh account that this hub belongs to.", {
    service: group("The Mesh service of the account.", {
      url: unset(v.pipe(v.string(), v.url()), "https://mmm.example.com", "Its address; looked up by the domain of the account when absent."),
    }),
  }),
  mqtt: group("The MQTT broker that devices speak to.", {
    enabled: key(v.boolean(), true, "Whether MQTT devices are served."),
    host: key(address, "0.0.0.0", "The address that the embedded broker listens on."),
    port: key(port, 1883, "Its port; 0 takes any that is free."),
    tls: group("The embedded broker with TLS besides, for programs that log in with a password, Home Assistant among them.", {
      enabled: key(
        v.boolean(),
        false,
        "Whether it is served, by the certificate that the page shows (web.tls.certificate, or one of the hub's own authority).",
      ),
      port: key(port, 8883, "Its port; 0 takes any that is free."),
    }),
    external: group("A broker to use instead of the embedded one; it is not trusted.", {
      url: unset(
        v.pipe(v.string(), v.url(), v.regex(/^mqtts?:/, "expected mqtt://HOST or mqtts://HOST")),
        "mqtts://broker.home.arpa",
        "Its address, mqtts:// with TLS; the embedded broker then stays off.",
      ),
      ca: unset(path, "/etc/mesh-hub/broker-ca.pem", "Certificate of the authority that vouches for its name; those of the system when absent."),
      username: unset(text, "mesh-hub", "The name to log in with; 'mesh-hub broker acl' writes what the broker has to allow it."),
      password: unset(secretReference, "credential:mqtt-password", "Where its password lies: file:PATH or credential:NAME (systemd)."),
    }),
  }),
  tcp: group("Devices that listen on TCP and are found by mDNS.", {
    enabled: key(v.boolean(), true, "Whether TCP devices are sought and served."),
    interface: unset(ipv4, "192.168.1.2", "The IPv4 address of the one interface to use; all of them when absent."),
  }),
  mdns: group("Multicast DNS.", {
    announce: key(
      v.boolean(),
      true,
      "Whether the broker (_mqtt._tcp), the page and the Wyoming door (_wyoming._tcp) are announced in the local network, as far as they listen there.",
    ),
  }),
  ble: group("Bluetooth Low Energy.", {
    enabled: key(whenPresent, "auto", "auto: used when there is an adapter and the right to use it; on: missing ones are a fault; off."),
    package: key(
      v.picklist(["@abandonware/noble", "@stoprocent/noble"]),
      "@abandonware/noble",
      "The package that drives the adapter; one that is not installed is a fault.",
    ),
    links: key(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)), 8, "Connections at once; devices beyond them are met in turn."),
    dutyPercent: key(v.pipe(v.number(), v.integer(), v.minValue(3), v.maxValue(100)), 50, "Part of the time in which the adapter listens."),
    socket: unset(
      path,
      "/run/mesh-hub-radio/radio.sock",
      "Socket of a radio process that runs by itself, as 'mesh-hub install --ble' sets it up; the hub starts one when absent.",
    ),
  }),
  serial: group("Devices at serial lines, one to each.", {
    ports: key(
      v.pipe(v.array(v.pipe(text, v.regex(/^\//, "write the whole path, as in /dev/serial/by-id/usb-..."))), v.maxLength(16)),
      [],
      'Paths of the ports, at most 16, as in ["/dev/serial/by-id/usb-FTDI_FT232R-if00-port0"]; a unix socket of a program that holds a line will do.',
    ),
    baud: key(v.pipe(v.number(), v.values([9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600])), 115_200, "Their speed."),
  }),
  scanner: group("A code scanner at a USB port.", {
    enabled: key(
      whenPresent,
      "auto",
      "on: the hub reads scanners all the time and connects what is scanned; auto: 'mesh-hub doctor' looks for one, 'mesh-hub onboard --scan' reads it; off.",
    ),
    socket: unset(
      path,
      "/run/mesh-hub-scanner/scanner.sock",
      "Socket of a scanner process that runs by itself, as 'mesh-hub install --scanner' sets it up; the hub starts one when absent.",
    ),
  }),
  bridges: key(
    v.pipe(v.array(bridge), v.maxLength(8)),
    [],
    'Devices of other worlds, at most 8 bridges, as in [{"kind": "zigbee2mqtt", "username": "z2m", "password": "file:/etc/mesh-hub/z2m"}]; url for one at another broker.',
  ),
  api: group("What the subcommands of mesh-hub speak to.", {
    socket: key(path, "hub.sock", "The unix socket; relative to stateDir."),
  }),
  web: group("The page and the interface for programs.", {
    enabled: key(v.boolean(), false, "Whether they are served."),
    addresses: key(
      v.pipe(v.array(address), v.minLength(1), v.maxLength(8)),
      ["127.0.0.1"],
      "The addresses to listen on; off this machine nobody is let in over plain HTTP.",
    ),
    port: key(port, 7380, "Their port; 0 takes any that is free."),
    names: key(
      v.pipe(v.array(v.pipe(text, v.regex(/^[a-z0-9.-]+$/, "write the name in small letters, without a port"))), v.maxLength(16)),
      [],
      'Names that the hub is reached by, beside its addresses and localhost, as in ["hub.example.com"]; requests to other names are refused.',
    ),
    tls: group("HTTPS, without which nobody is let in from another machine.", {
      enabled: key(v.boolean(), true, "Whether the page is served over HTTPS too, by a certificate of the hub's own authority."),
      port: key(port, 7381, "Its port; 0 takes any that is free."),
      certificate: unset(path, "/etc/mesh-hub/page.pem", "A certificate chain of your own, in PEM, instead; relative to this file."),
      key: unset(path, "/etc/mesh-hub/page.key", "Its private key, in PEM; relative to this file."),
    }),
  }),
  wyoming: group("Voice assistants and satellites that speak the Wyoming protocol, Home Assistant among them: they send what was said as text.", {
    enabled: key(v.boolean(), false, "Whether they are served."),
    addresses: key(v.pipe(v.array(address), v.minLength(1), v.maxLength(8)), ["127.0.0.1"], "The addresses to listen on."),
    port: key(port, 10_700, "Their port; 0 takes any that is free."),
    peers: key(
      v.pipe(v.array(v.union([ipv4, v.pipe(v.string(), v.ipv6())])), v.maxLength(64)),
      ["127.0.0.1", "::1"],
      'The addresses that are let in, at most 64, as in ["192.168.1.5"]: the protocol has no passwords, so whoever has one of them is believed.',
    ),
    places: key(
      v.pipe(v.array(satellitePlace), v.maxLength(128)),
      [],
      'Where satellites stand, at most 128, as in [{"satellite": "assist_satellite.kitchen", "place": "Kitchen"}]; an address of peers in the place of a satellite is for what comes from it without one.',
    ),
  }),
  matter: group("The house for ecosystems that speak Matter, such as Apple's, Google's and Amazon's: a bridge that nobody has certified.", {
    enabled: key(
      v.boolean(),
      false,
      "Whether devices that 'mesh-hub matter allow' names go out to them; it needs the package @matter/main beside this one.",
    ),
    port: key(port, 5540, "Its UDP port; 0 takes any that is free."),
    interface: unset(
      v.pipe(text, v.maxLength(64), v.regex(/^[^\s/]+$/, "write the name of an interface, as in eth0")),
      "eth0",
      "The one network interface to use, by its name; all of them when absent.",
    ),
    socket: unset(
      path,
      "/run/mesh-hub-matter/matter.sock",
      "Socket of a bridge that runs by itself, as 'mesh-hub install --matter' sets it up; the hub starts one when absent, but not as a service of systemd.",
    ),
  }),
  speech: group("Speech that the hub understands and gives, with programs of this machine and without Internet, or with Wyoming programs of yours.", {
    recogniser: key(
      v.picklist(["off", "local", "wyoming"]),
      "off",
      "local: clips are understood by Debian's pocketsphinx (packages python3-pocketsphinx and pocketsphinx-en-us), in English; wyoming: by the program at recogniserUrl, in the language of words.language; off.",
    ),
    recogniserUrl: unset(wyomingUrl, "tcp://192.168.1.5:10300", "A Wyoming program that understands speech; clips go there in clear."),
    voiceUrl: unset(
      wyomingUrl,
      "tcp://192.168.1.5:10200",
      "A Wyoming program that says answers; a program of this machine when absent (Debian's flite or espeak-ng).",
    ),
    microphone: unset(
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9:=,_.-]{0,63}$/, "expected a device of ALSA")),
      "default",
      "The hub's own microphone, as 'arecord -L' lists it; listened to while 'mesh-hub listen --hub' asks. 'sudo mesh-hub install --mic' gives the service the right.",
    ),
  }),
  state: group("How often the state of devices is written to the account.", {
    coalesceMs: key(milliseconds(0, 60_000), 250, "Beat at which changes of actuators are gathered into entries; events never wait."),
    telemetryMs: key(milliseconds(0, 3_600_000), 30_000, "The same for measured values."),
    heartbeatMs: key(milliseconds(10_000, 3_600_000), 60_000, "How often the hub says that it lives while somebody watches."),
    heartbeatIdleMs: key(milliseconds(60_000, 86_400_000), 900_000, "The same while nobody watches."),
  }),
  onboarding: group("Connecting devices.", {
    findSeconds: key(seconds(1, 3600), 60, "How long a scanned device is sought."),
    offerSeconds: key(seconds(30, 86_400), 900, "How long an offer waits for an administration device."),
  }),
  words: group("What people say and are told.", {
    language: key(languageTag, "en", 'The language that sentences are understood in, as in "de": one that the hub has words of.'),
  }),
  house: group("Where the house stands: for what is done when the sun rises or sets. Nobody is asked, and nobody is told.", {
    latitude: unset(v.pipe(v.number(), v.minValue(-90), v.maxValue(90)), 52.52, "Degrees north, below 0 south."),
    longitude: unset(v.pipe(v.number(), v.minValue(-180), v.maxValue(180)), 13.4, "Degrees east, below 0 west."),
  }),
  drivers: group("Drivers beside those of the package.", {
    userDir: unset(path, "/etc/mesh-hub/drivers", "A folder of JSON drivers; relative to this file."),
  }),
  log: group("JSON lines on stdout.", {
    level: key(v.picklist(["debug", "info", "warn", "error", "silent"]), "info", "The least level that is written."),
  }),
});

/** A complete configuration, with paths made absolute by the loader. */
export type HubConfig = v.InferOutput<typeof hubConfigSchema>;
