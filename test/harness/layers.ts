/**
 * The order of the rooms of `src`, in one table: from it come the import rules of biome.json (`npm run generate`), and the tests of these
 * rules (layers.test.ts). A room imports itself and what stands below it; rooms of one row never import each other.
 */

/** Rows from the lowest up; docs/architecture.md draws them. */
export const rows: readonly (readonly string[])[] = [
  ["base"],
  ["codec", "config"],
  ["crypto"],
  ["dare"],
  ["schema"],
  ["link", "api"],
  ["protocol", "driver"],
  ["account", "provider", "bridge"],
  ["names", "transport"],
  ["speech", "matter"],
  ["machine", "hub"],
  ["cli"],
  ["app"],
];

/** Rooms beside the rows, and the rooms that they may import. */
const beside: Readonly<Record<string, readonly string[]>> = {
  conformance: ["base", "codec", "config", "crypto", "dare", "schema", "link"],
  library: ["base", "codec", "config", "crypto", "dare", "schema", "link"],
  // What runs in a browser: shapes of the hub's interface, and the search for codes in a picture.
  page: ["api", "codec"],
};

/** What the row order allows and yet is refused. */
const refused: Readonly<Record<string, readonly string[]>> = {
  // The command lines talk to hub and service as everybody does, through api and protocol.
  cli: ["hub", "provider"],
};

/** Folders a file may lie in below its room. */
const deepest = 3;

/** All rooms of `src`. */
export const rooms: readonly string[] = [...rows.flat(), ...Object.keys(beside)];

/** The rooms that files of a room may import, without itself. */
export function importsOf(room: string): readonly string[] {
  const row = rows.findIndex((names) => names.includes(room));
  const below = row < 0 ? (beside[room] ?? []) : rows.slice(0, row).flat();
  return below.filter((name) => refused[room]?.includes(name) !== true);
}

interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
}

const noble: Pattern = { group: ["@noble/**"], message: "only src/crypto imports @noble" };
const radio: Pattern = {
  group: ["@abandonware/**", "node-hid", "bonjour-service"],
  message: "native and radio packages are loaded in src/transport only",
};

/** What a hub runs: it loads nothing of the administration of an account, which would cost it start and memory. */
const leanRooms: readonly string[] = ["names", "speech", "matter", "hub"];

function rule(includes: readonly string[], patterns: readonly Pattern[]): object {
  return { includes, linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns } } } } } };
}

/**
 * One rule for each depth at which files of a room lie: from there, and only from there, is `../` that many times the way to another room.
 * So a folder inside a room may bear the name of a room.
 */
function roomRules(room: string): object[] {
  const allowed = importsOf(room);
  const others = rooms.filter((name) => name !== room && !allowed.includes(name));
  const packages = [...(room === "crypto" ? [] : [noble]), ...(room === "transport" || room === "app" ? [] : [radio])];
  const message = `${room} imports ${allowed.join(", ") || "no other room"} only: see the layers in docs/architecture.md`;
  return Array.from({ length: deepest + 1 }, (_, depth) => {
    const group = others.map((name) => `${"../".repeat(depth + 1)}${name}/**`);
    const lean = leanRooms.includes(room)
      ? [{ group: [`${"../".repeat(depth + 1)}account/index.ts`], message: `${room} imports account/hub.ts` }]
      : [];
    return rule([`src/${room}/${"*/".repeat(depth)}*.{ts,tsx}`], [...(group.length === 0 ? [] : [{ group, message }]), ...lean, ...packages]);
  });
}

const strangersToDevices = ["account", "provider", "names", "machine", "hub", "cli", "app"];

/** `overrides` of biome.json. */
export function lintOverrides(): object[] {
  return [
    ...rooms.flatMap(roomRules),
    rule(
      ["drivers/**"],
      [
        {
          group: ["*", "*/**", "../**", "!./**", "!../../src/driver/index.ts"],
          message: "a driver imports src/driver/index.ts and its own files only",
        },
      ],
    ),
    rule(
      ["firmware-stubs/virtual/**"],
      [
        {
          group: strangersToDevices.map((room) => `**/src/${room}/**`),
          message: "a virtual device knows what a device knows: nothing of the account and of those who serve it",
        },
        noble,
      ],
    ),
    { includes: ["test/**", "bench/**"], linter: { rules: { style: { noNonNullAssertion: "off" } } } },
  ];
}
