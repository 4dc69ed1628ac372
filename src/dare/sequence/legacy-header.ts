/**
 * Headers as the reference implementation wrote them before dare-11, brought under the names of dare-12: what is now in SequenceInfo and
 * ContentMeta stood in the header itself (2018), then in ContentMeta and ContainerInfo (2019, 2020), under other spellings. Only legacy
 * reading comes here; nothing is written that way.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Datum, DatumObject } from "../../codec/index.ts";
import { binary, encodeJson, isObject, parseJson } from "../../codec/index.ts";
import { ContentMeta } from "../content-meta.ts";
import { SequenceInfo } from "../header.ts";
import { PublicKeyECDH } from "../public-key-ecdh.ts";

/** Present names by those of older revisions; no two of the tables use a name in different senses. */
const otherNames: Readonly<Record<string, string>> = {
  EnvelopeID: "EnvelopeId",
  UniqueID: "UniqueId",
  ContainerInfo: "SequenceInfo",
  ContainerIndex: "SequenceIndex",
  SequenceType: "ContainerType",
  ContentInfo: "ContentMeta",
  ContentInfoData: "ContentMetaData",
  ContentType: "cty",
  Annotations: "annotations",
  Cloaked: "cloaked",
};

/** The present name of a member. */
export function presentName(name: string): string {
  return Object.hasOwn(otherNames, name) ? (otherNames[name] ?? name) : name;
}

/** A header in present names and places; members that are unknown stay. ERR_SCHEMA for one that is given twice with different values. */
export function presentHeader(value: Datum): Datum {
  if (!isObject(value)) return value;
  const [header, info, meta]: DatumObject[] = [{}, {}, {}];
  if (!header || !info || !meta) return value;
  for (const [given, member = null] of Object.entries(value)) {
    const name = presentName(given);
    if (name === "SequenceInfo" && isObject(member)) putAll(info, member);
    else if (name === "ContentMeta" && isObject(member)) putAll(meta, member);
    else if (name === "ContentMetaData") putAll(meta, parseJson(binary.decode(member, `DareHeader.${given}`), { lenient: true }));
    else if (Object.hasOwn(SequenceInfo.fields, name)) put(info, name, member);
    else if (Object.hasOwn(ContentMeta.fields, name)) put(meta, name, member);
    else put(header, name, name === "recipients" ? readable(member) : member);
  }
  const saysContent = Object.keys(meta).length > 0 || Object.keys(value).some((name) => contentNames.includes(presentName(name)));
  return {
    ...header,
    ...(Object.keys(info).length > 0 && { SequenceInfo: info }),
    ...(saysContent && { ContentMetaData: encodeJson(meta) }),
  };
}

/**
 * Recipients without the parts that are of no use here: 2018 encrypted to Diffie-Hellman keys over integers. Such a frame can be listed
 * and its digest checked, and is opened by nobody.
 */
function readable(recipients: Datum): Datum {
  if (!Array.isArray(recipients)) return recipients;
  return (recipients as readonly Datum[]).map((recipient) => {
    if (!isObject(recipient) || !isObject(recipient.epk) || Object.keys(recipient.epk).join() === PublicKeyECDH.tag) return recipient;
    const { epk, wmk, ...rest } = recipient;
    return { ...rest, Unreadable: { epk, wmk } };
  });
}

const contentNames = ["ContentMeta", "ContentMetaData"];

/** Content metadata in present names. */
export function presentMeta(value: DatumObject): DatumObject {
  const meta: DatumObject = {};
  putAll(meta, value);
  return meta;
}

function putAll(out: DatumObject, members: Datum): void {
  if (!isObject(members)) throw new MeshError("ERR_SCHEMA", "DareHeader: expected an object");
  for (const [name, member = null] of Object.entries(members)) put(out, presentName(name), member);
}

function put(out: DatumObject, name: string, member: Datum): void {
  const known = Object.hasOwn(out, name) ? out[name] : undefined;
  if (known !== undefined && !equalBytes(encodeJson(known), encodeJson(member))) {
    throw new MeshError("ERR_SCHEMA", `DareHeader.${name}: expected one value, found another`, { detail: { path: `DareHeader.${name}` } });
  }
  // A member of any name, __proto__ too, is a member like others.
  Object.defineProperty(out, name, { value: member, enumerable: true, configurable: true, writable: true });
}
