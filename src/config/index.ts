/** Configuration of the hub: schema, loader, secrets, and what is shown to people. */
export { changedKeys } from "./changed.ts";
export type { ConfigIssue } from "./issue.ts";
export type { ConfigSources, LoadedConfig } from "./load.ts";
export { checkConfig, envName, fileWith, getAt, loadConfig } from "./load.ts";
export type { HubConfig } from "./schema.ts";
export { hubConfigSchema } from "./schema.ts";
export { readSecret } from "./secret-reference.ts";
export type { ConfigLine } from "./show.ts";
export { describeConfig, exampleConfig, shownSettings } from "./show.ts";
