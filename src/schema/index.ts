/** Public face of the schema layer: every Mesh object in use, with its descriptor. */
export * from "./access/role.ts";
export * from "./access/store-label.ts";
export * from "./activation/activation.ts";
export * from "./catalog/catalog.ts";
export * from "./connection/connection.ts";
export * from "./device/connection-objects.ts";
export * from "./device/derive.ts";
export * from "./device/device-description.ts";
export * from "./device/open-description.ts";
export * from "./device/preconfiguration.ts";
export * from "./device/state.ts";
export * from "./enveloped.ts";
export * from "./key/key-data.ts";
export * from "./key/key-name.ts";
export * from "./message/message.ts";
export * from "./profile/profile.ts";
export * from "./profile/verify-profile.ts";
