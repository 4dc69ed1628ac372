/** Shapes of the hub's interface, shared by hub, commands and web page. */

export * from "./home-assistant-v1.ts";
export * from "./house-v1.ts";
export * from "./hub-client.ts";
export * from "./hub-v1.ts";
export * from "./matter-v1.ts";
export * from "./operation.ts";
export * from "./speech-v1.ts";
export * from "./web-v1.ts";
