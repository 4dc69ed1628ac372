/** Bounds of contacts, and the check of one that came from elsewhere: a file, a code, a stranger's message. */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Datum } from "../../codec/index.ts";

/** Numbers, and sizes in octets. */
export const contactLimits = {
  /** Contacts of an account. */
  contacts: 5000,
  /** An entry with all that it keeps. */
  entryOctets: 96 << 10,
  /** A picture that is kept with an imported card; larger ones are left out. */
  pictureOctets: 24 << 10,
  /** Values in one contact, and characters of one. */
  values: 256,
  characters: 4096,
  /** Characters of a name that the owner gives. */
  nameCharacters: 128,
  /** A contact as it is sent to others. */
  sentOctets: 12 << 10,
  /** A file of cards, its cards, and one line of a card. */
  fileOctets: 16 << 20,
  cards: 2000,
  lineOctets: 2 << 20,
  /** Requests of strangers that wait for the owner: of all, and of one domain. */
  waiting: 256,
  waitingOfSite: 64,
} as const;

/** A name that the owner gives to a contact. ERR_NAME. */
export function checkedContactName(text: string): string {
  const hint = "choose another name";
  const name = text.normalize("NFC").trim();
  const { length } = [...name];
  if (length === 0 || length > contactLimits.nameCharacters)
    throw new MeshError("ERR_NAME", `a name of ${length} characters, it has 1 to ${contactLimits.nameCharacters}`, { hint });
  const control = /\p{Cc}/u.exec(name)?.[0].charCodeAt(0);
  if (control !== undefined) throw new MeshError("ERR_NAME", `control character ${control} in the name of a contact`, { hint });
  return name;
}

/** Checks a contact's value tree. Errors: ERR_TOO_LARGE with the figure. */
export function checkContact(contact: Datum): void {
  let values = 0;
  const walk = (value: Datum | undefined): void => {
    if (typeof value === "string" && value.length > contactLimits.characters) {
      throw new MeshError("ERR_TOO_LARGE", `a text of ${value.length} characters in the contact, at most ${contactLimits.characters} are taken`);
    }
    if (Array.isArray(value)) for (const item of value as readonly Datum[]) walk(item);
    else if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null)
      for (const member of Object.values(value)) walk(member);
    else values += 1;
    if (values > contactLimits.values) throw new MeshError("ERR_TOO_LARGE", `the contact has more than ${contactLimits.values} fields`);
  };
  walk(contact);
}

/** True for what a bound or a form refuses, as opposed to what the disk or the service does. */
export function isOfContact(error: unknown): error is MeshError {
  return (["ERR_TOO_LARGE", "ERR_ENCODING", "ERR_SCHEMA", "ERR_VERIFICATION", "ERR_KEY", "ERR_USAGE", "ERR_EXISTS", "ERR_QUOTA"] as const).some(
    (code) => isMeshError(error, code),
  );
}
