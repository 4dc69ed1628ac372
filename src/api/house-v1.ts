/**
 * The house as its page shows it besides devices, version 1: places, what was asked of the owner, what others may do, what waits to be let in, scenes, the
 * hub's log. What a hub may not write itself it asks for: an administration device of the owner makes the change, or refuses it.
 */
import * as v from "valibot";
import { propertyValue } from "./hub-v1.ts";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));
const key = text(64);
const keys = v.pipe(v.array(key), v.minLength(1), v.maxLength(64));

/** GET /v1/places: by their whole path. */
export const placeView = v.object({
  key: v.string(),
  name: v.string(),
  /** Key of the place around it. */
  within: v.optional(v.string()),
  /** Names from the outermost to its own. */
  path: v.array(v.string()),
});
export type PlaceView = v.InferOutput<typeof placeView>;
export const placeList = v.object({ places: v.array(placeView) });

/** What a grant allows: to see alone, or to order, too; a limit that is absent limits nothing. */
export const askedGrant = v.strictObject({
  kind: v.picklist(["token", "home-assistant", "mqtt", "satellite", "matter"]),
  name: text(64),
  allows: v.picklist(["read", "command"]),
  /** Keys. */
  places: v.optional(keys),
  /** Fingerprints. */
  devices: v.optional(keys),
  classes: v.optional(keys),
  /** Also what may do harm; for a token alone. */
  risky: v.optional(v.boolean()),
  days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650))),
});
export type AskedGrant = v.InferOutput<typeof askedGrant>;

/** Who is to be a guest: a contact of the owner's, which his own machine looks up. */
export const askedGuest = v.strictObject({
  address: v.pipe(v.string(), v.minLength(3), v.maxLength(320)),
  allows: v.picklist(["read", "command"]),
  places: v.optional(keys),
  devices: v.optional(keys),
  classes: v.optional(keys),
  risky: v.optional(v.boolean()),
  days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650))),
});
export type AskedGuest = v.InferOutput<typeof askedGuest>;

/** POST /v1/edit: a change that an administration device is asked for. Devices by fingerprint, places by key; the passkey is that of the page that asks. */
export const editRequest = v.variant("kind", [
  v.strictObject({ kind: v.literal("rename"), device: key, name: text(128) }),
  v.strictObject({ kind: v.literal("move"), device: key, place: key }),
  v.strictObject({ kind: v.literal("remove"), device: key }),
  v.strictObject({ kind: v.literal("place-add"), name: text(128), within: v.optional(key) }),
  v.strictObject({ kind: v.literal("place-delete"), place: key }),
  v.strictObject({ kind: v.literal("grant-put"), grant: askedGrant }),
  v.strictObject({ kind: v.literal("grant-delete"), grant: key }),
  v.strictObject({ kind: v.literal("guest-add"), guest: askedGuest }),
  v.strictObject({ kind: v.literal("offer-accept"), offer: key }),
  v.strictObject({ kind: v.literal("scene-delete"), scene: key }),
  v.strictObject({ kind: v.literal("passkey-add") }),
]);
export type EditRequest = v.InferOutput<typeof editRequest>;

/** Something that the owner was asked, and where it is. */
export const questionView = v.object({
  id: v.string(),
  kind: v.picklist(["order", "edit"]),
  /** Who wants it. */
  principal: v.string(),
  /** The order or change in English. */
  about: v.string(),
  /** A change in parts, to be worded by whoever shows it. */
  change: v.optional(
    v.object({
      kind: v.string(),
      /** Of the device, place, grant or offer that is to be changed. */
      key: v.optional(v.string()),
      /** Names. */
      subject: v.string(),
      object: v.optional(v.string()),
    }),
  ),
  /** RFC 3339. */
  asked: v.string(),
  expires: v.string(),
  /** `sending`: the service has it not yet; `waiting`: the owner's devices have not answered; `over`: nobody has in time. */
  state: v.picklist(["sending", "waiting", "done", "refused", "over", "failed"]),
  reason: v.optional(v.string()),
  ended: v.optional(v.string()),
});
export type QuestionView = v.InferOutput<typeof questionView>;
/** GET /v1/questions: the newest first; those that were answered since the hub started, too, as far as they are kept. */
export const questionList = v.object({ questions: v.array(questionView) });

/** The change waits. `secret` of a new token is shown this once, and counts when the owner has agreed. */
export const editAsked = v.object({
  question: questionView,
  secret: v.optional(v.string()),
  /** What is doubtful about a new name for whoever says it, where this hub hears by itself. */
  notes: v.optional(v.array(v.string())),
});
export type EditAsked = v.InferOutput<typeof editAsked>;

/** POST /v1/edit/challenge, with a change as for /v1/edit: what the passkey of the page has to sign, so that the owner's machine sees who wants it. */
export const editChallenged = v.object({
  /** Base64url. */
  challenge: v.string(),
  /** The name that passkeys are bound to. */
  rp: v.string(),
  /** The passkey's credential id. */
  passkey: v.string(),
});
export type EditChallenged = v.InferOutput<typeof editChallenged>;

/** GET /v1/grants: what the account has granted at this hub. */
export const grantView = v.object({
  key: v.string(),
  kind: v.string(),
  name: v.string(),
  address: v.optional(v.string()),
  rights: v.array(
    v.object({
      allows: v.string(),
      /** Names. */
      places: v.optional(v.array(v.string())),
      devices: v.optional(v.array(v.string())),
      classes: v.optional(v.array(v.string())),
      commands: v.optional(v.array(v.string())),
      risky: v.optional(v.boolean()),
    }),
  ),
  since: v.optional(v.string()),
  until: v.optional(v.string()),
  /** Of a passkey that may sign changes. */
  signs: v.optional(v.boolean()),
  /** Its time is over. */
  ended: v.boolean(),
});
export type GrantView = v.InferOutput<typeof grantView>;
export const grantList = v.object({ grants: v.array(grantView) });

/** GET /v1/offers: devices that were put before the owner and are not accepted yet. */
export const offerView = v.object({
  /** MessageId of the offer. */
  id: v.string(),
  name: v.optional(v.string()),
  device: v.optional(v.string()),
  /** Of a device of another world. */
  bridge: v.optional(v.string()),
  foreignId: v.optional(v.string()),
  expires: v.string(),
});
export type OfferView = v.InferOutput<typeof offerView>;
export const offerList = v.object({ offers: v.array(offerView) });

/** GET /v1/scenes: what the house does when a name is said. */
export const sceneView = v.object({
  key: v.string(),
  name: v.string(),
  orders: v.array(
    v.object({ device: v.string(), name: v.string(), command: v.string(), values: v.array(propertyValue), shown: v.array(v.string()) }),
  ),
});
export type SceneView = v.InferOutput<typeof sceneView>;
export const sceneList = v.object({ scenes: v.array(sceneView) });

/** GET /v1/logs: the newest events that the hub has logged, oldest first. */
export const logLine = v.object({
  at: v.string(),
  level: v.picklist(["info", "warn", "error"]),
  module: v.string(),
  event: v.string(),
  /** In JSON. */
  data: v.optional(v.string()),
});
export type LogLine = v.InferOutput<typeof logLine>;
export const logList = v.object({ lines: v.array(logLine) });
