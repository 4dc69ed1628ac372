/**
 * Signing in to the hub's page and the tokens of programs: shapes of the hub's interface, version 1. A page is opened by a link that works once;
 * whoever can open the hub's socket may make links and tokens. Secrets are shown once and kept as digests.
 */
import * as v from "valibot";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));
const names = v.pipe(v.array(text(128)), v.minLength(1), v.maxLength(32));

/** One thing that a principal may do; a limit that is absent limits nothing. `manage`, without limits: connect devices, clear alarms. */
export const grantedRight = v.strictObject({
  allows: v.picklist(["read", "command", "manage"]),
  /** Keys of places. */
  places: v.optional(names),
  classes: v.optional(names),
  /** Fingerprints. */
  devices: v.optional(names),
  /** Only what does no harm. */
  harmless: v.optional(v.boolean()),
});
export type GrantedRight = v.InferOutput<typeof grantedRight>;

/** POST /v1/open: a link for whoever is to use the page. */
export const openRequest = v.strictObject({ name: v.optional(text(64)) });
export type OpenRequest = v.InferOutput<typeof openRequest>;
export const openResult = v.object({
  url: v.string(),
  seconds: v.number(),
  /** SHA-256 of the hub's authority, or of the certificate of its owner, for whoever has to trust it. */
  fingerprint: v.optional(v.string()),
});
export type OpenResult = v.InferOutput<typeof openResult>;

/** POST /v1/token/add: places and devices by name, key or fingerprint. */
export const tokenRequest = v.strictObject({
  name: text(64),
  rights: v.pipe(v.array(grantedRight), v.minLength(1), v.maxLength(8)),
  days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650))),
});
export type TokenRequest = v.InferOutput<typeof tokenRequest>;

/** A token without its secret, a page that is signed in, or a passkey that signs pages in. */
export const tokenView = v.object({
  id: v.string(),
  kind: v.picklist(["token", "page", "passkey"]),
  name: v.string(),
  rights: v.array(grantedRight),
  /** RFC 3339. */
  created: v.string(),
  until: v.optional(v.string()),
});
export type TokenView = v.InferOutput<typeof tokenView>;
/** `secret` is shown this once. */
export const tokenAdded = v.object({ token: tokenView, secret: v.string() });
export type TokenAdded = v.InferOutput<typeof tokenAdded>;
export const tokenList = v.object({ tokens: v.array(tokenView) });

/** POST /v1/token/delete */
export const tokenDeleteRequest = v.strictObject({ id: text(64) });
export const tokenDeleted = v.object({ token: tokenView });

/** POST /v1/session: the secret of a link; the answer sets the cookie. */
export const signInRequest = v.strictObject({ link: text(128) });
/** GET /v1/session: whose rights this browser or program has. */
export const sessionView = v.object({
  name: v.string(),
  kind: v.picklist(["token", "page"]),
  rights: v.array(grantedRight),
  until: v.optional(v.string()),
  /** Of what people say and are told. */
  language: v.string(),
  /** Of the clips of speech that are understood here; absent where none are. */
  hears: v.optional(v.string()),
  /** Of a page with a passkey. `signs`: the owner's machines know it, and see what it has signed. */
  passkey: v.optional(v.picklist(["added", "signs"])),
});
export type SessionView = v.InferOutput<typeof sessionView>;
export const signedOut = v.object({ name: v.string() });

const octets = (limit: number) => v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/, "expected base64url"), v.maxLength(limit));

/** POST /v1/passkey/challenge: octets here and below are base64url. */
export const passkeyChallengeRequest = v.strictObject({ purpose: v.picklist(["add", "sign-in"]) });
export const passkeyChallenge = v.object({
  challenge: v.string(),
  /** The name that passkeys are bound to. */
  rp: v.string(),
  /** A handle for a new one. */
  user: v.string(),
  /** Credential ids of those that are known here. */
  known: v.array(v.string()),
});
export type PasskeyChallenge = v.InferOutput<typeof passkeyChallenge>;

/** POST /v1/passkey/add: what the authenticator made, within ten minutes after a link opened the page. */
export const passkeyAddRequest = v.strictObject({ name: text(64), id: octets(1366), clientData: octets(4096), attestation: octets(8192) });
export type PasskeyAddRequest = v.InferOutput<typeof passkeyAddRequest>;
export const passkeyAdded = v.object({ id: v.string(), name: v.string() });

/** POST /v1/passkey/sign-in: what the authenticator signed; the answer sets the cookie. POST /v1/edit/signed: the same over a change, which is then asked for. */
export const passkeySignInRequest = v.strictObject({
  id: octets(1366),
  clientData: octets(4096),
  authenticatorData: octets(4096),
  signature: octets(2048),
});
export type PasskeySignInRequest = v.InferOutput<typeof passkeySignInRequest>;

/** GET /v1/codes: codes of devices that somebody has shown over plain HTTP; nothing was done with them. */
export const shownCode = v.object({ id: v.string(), uri: v.string(), from: v.string(), at: v.string() });
export type ShownCode = v.InferOutput<typeof shownCode>;
export const shownCodes = v.object({ codes: v.array(shownCode) });
/** POST /v1/code/dismiss: takes one off the list. */
export const codeDismissRequest = v.strictObject({ id: text(64) });
export const codeDismissed = v.object({});
/** POST /welcome/code, by whoever reaches the hub: a code for that list. */
export const showCodeRequest = v.strictObject({ uri: text(1024) });

/** GET /v1/settings: the keys of the configuration as they count. What changes them is its file. */
export const settingsView = v.object({
  settings: v.array(
    v.object({
      key: v.string(),
      /** In JSON; absent for a key that is not set. */
      value: v.optional(v.string()),
      /** Whether it is what counts when nothing is written. */
      standard: v.boolean(),
      /** A change counts from the next start alone. */
      restart: v.boolean(),
      about: v.string(),
    }),
  ),
});
export type SettingsView = v.InferOutput<typeof settingsView>;

/** POST /v1/history: what a device has reported since the hub started, as far as it is kept. */
export const historyRequest = v.strictObject({ device: text(64) });
export type HistoryRequest = v.InferOutput<typeof historyRequest>;
/** Numbers alone, oldest first; times in milliseconds since 1970. */
export const historyResult = v.object({
  series: v.array(v.object({ name: v.string(), samples: v.array(v.object({ at: v.number(), value: v.number() })) })),
});
export type HistoryResult = v.InferOutput<typeof historyResult>;
