/** The commands of `meshman device` that makers use. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { FirmwareFlags } from "./firmware.ts";
import type { PreconfigFlags } from "./preconfig.ts";

/** Adds the commands. */
export function addMakerCommands(device: Command, run: Run): void {
  device
    .command("preconfig")
    .description("for makers: make devices, with factory image and printed code")
    .option("--class <class>", "driver that describes them", "light")
    .option("--manufacturer <name>", "who makes them (default: the account's address)")
    .option("--model <name>", "model (default: the class)")
    .option("--model-version <text>", "version of the model", "1")
    .option("--hailing <media>", "media on which they are found: mqtt, tcp, ble, serial", "mqtt,tcp")
    .option("--product <name>", "what their programs are called, of devices that take other programs")
    .option("--signer <key>", "who signs these, as 'device firmware' prints it")
    .option("--without <names>", "commands and properties of the class that they lack: Run,Programme,Meal,Remaining,Ready")
    .option("--full", "devices that speak to services themselves")
    .option("--out <directory>", "where the devices' directories are made", ".")
    .option("--count <number>", "how many", "1")
    .option("--qr", "show each code in the terminal")
    .action((flags: PreconfigFlags) => run(async (call) => (await import("./preconfig.ts")).devicePreconfig(call, flags)));
  device
    .command("firmware <program>")
    .description("for makers: sign a program for devices that are out")
    .requiredOption("--product <name>", "what it is a program for")
    .requiredOption("--number <n>", "its version: a device takes only one above its own")
    .requiredOption("--key-file <file>", "file with the key that signs; made when there is none")
    .option("--out <file>", "where it is written (PRODUCT-N.mesh)")
    .action((file: string, flags: FirmwareFlags) => run(async (call) => (await import("./firmware.ts")).deviceFirmware(call, file, flags)));
}
