/** QR codes and the PNG pictures they come in. */
export { isPng } from "./png.ts";
export * from "./qr-code.ts";
