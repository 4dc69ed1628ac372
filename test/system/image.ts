/**
 * The disk of the machine of this folder: a Debian with its own kernel, systemd and udev, made once with mmdebstrap and mke2fs and kept in .tmp/system. Of
 * the kernel's modules only those are in it that the tests load. Node and the package come on a second disk, made anew for each run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { installPackage } from "../service/package.ts";

/** What is booted. */
export interface Image {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

const suite = "bookworm";
const packages = ["linux-image-amd64", "systemd", "systemd-sysv", "udev", "dbus", "kmod", "libstdc++6", "libusb-1.0-0", "bluez", "bluez-test-tools"];
/** Under drivers, fs and net of the kernel's modules. */
const modules = ["drivers/block/virtio_blk.ko", "drivers/char/virtio_console.ko", "drivers/virtio/*", "drivers/bluetooth/*", "drivers/hid/*"];
const moreModules = [
  "drivers/net/wireless/mac80211_hwsim.ko",
  "fs/ext4/*",
  "fs/jbd2/*",
  "fs/mbcache.ko",
  "net/bluetooth/*",
  "net/mac80211/*",
  "net/rfkill/*",
  "net/wireless/*",
];
const early = ["virtio_pci", "virtio_blk", "ext4", "crc32c_generic"];
const diskSize = "1200M";

/** What the tests of this folder need. */
export const need = "needs root, a Debian mirror, mmdebstrap, mke2fs and qemu-system-x86_64";

const dir = packagePath(".tmp/system");
const guest = (name: string): string => packagePath("test/system/guest", name);

/** Whether a machine can be made here. */
export function canMake(): boolean {
  const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
  return process.getuid?.() === 0 && ["mmdebstrap", "mke2fs", "qemu-system-x86_64"].every(has);
}

/** The base image, made when it is not there, or was made of other sources. Throws what mmdebstrap or mke2fs says. */
export function baseImage(tell: (line: string) => void): Image {
  const sources = [readFileSync(packagePath("test/system/image.ts")), ...readdirSync(guest("")).map((name) => readFileSync(guest(name)))];
  const version = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 12);
  const made = join(dir, `base-${suite}-${version}`);
  const image = { disk: join(made, "disk.ext4"), kernel: join(made, "vmlinuz"), initrd: join(made, "initrd.img") };
  if (existsSync(made)) return image;
  tell("making the image of the machine, which is kept");
  mkdirSync(dir, { recursive: true });
  for (const old of readdirSync(dir)) rmSync(join(dir, old), { recursive: true });
  const fresh = mkdtempSync(join(dir, "fresh-"));
  const root = join(fresh, "root");
  makeRoot(root);
  const boot = readdirSync(join(root, "boot"));
  for (const [kind, to] of [
    ["vmlinuz-", "vmlinuz"],
    ["initrd.img-", "initrd.img"],
  ] as const) {
    const found = boot.find((name) => name.startsWith(kind));
    if (found === undefined) throw new Error(`the root has no ${kind}`);
    copyFileSync(join(root, "boot", found), join(fresh, to));
  }
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-L", "system", "-d", root, join(fresh, "disk.ext4"), diskSize]);
  rmSync(root, { recursive: true });
  renameSync(fresh, made);
  return image;
}

function makeRoot(root: string): void {
  const drop = (path: string): string => `--dpkgopt=path-exclude=${path}`;
  const keep = (path: string): string => `--dpkgopt=path-include=/lib/modules/*/kernel/${path}`;
  const kernel = ["drivers", "fs", "net", "sound"].map((name) => drop(`/lib/modules/*/kernel/${name}/*`));
  const words = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"].map(drop);
  const before = [
    "mkdir -p $1/etc/initramfs-tools/conf.d $1/usr/share/initramfs-tools/modules.d",
    "printf 'MODULES=list\\nCOMPRESS=gzip\\nFSTYPE=ext4\\n' > $1/etc/initramfs-tools/conf.d/mesh-hub-test",
    `printf '${early.join("\\n")}\\n' > $1/usr/share/initramfs-tools/modules.d/mesh-hub-test`,
  ];
  const after = [
    // The second disk, as /usr/local of a machine on which somebody ran 'npm install --global'.
    "printf '/dev/vda / ext4 defaults,noatime 0 0\\n/dev/vdb /usr/local ext4 ro,noatime 0 0\\n' > $1/etc/fstab",
    "echo meshhubtest > $1/etc/hostname",
    `cp ${guest("agent.service")} $1/etc/systemd/system/test-agent.service`,
    `install -m 755 ${guest("agent.sh")} $1/usr/sbin/test-agent`,
    `install -m 755 ${guest("scanner.mjs")} $1/usr/sbin/test-scanner`,
    "chroot $1 systemctl enable test-agent.service",
    // What a fresh machine does at its first boot and nobody here needs.
    "chroot $1 systemctl mask bluetooth.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer",
    "ln -sf /dev/null $1/etc/systemd/system/systemd-timesyncd.service",
  ];
  const hooks = [...before.map((line) => `--essential-hook=${line}`), ...after.map((line) => `--customize-hook=${line}`)];
  const args = ["--quiet", "--variant=minbase", ...words, ...kernel, ...[...modules, ...moreModules].map(keep), ...hooks];
  const made = spawnSync("mmdebstrap", [...args, `--include=${packages.join(",")}`, suite, root], { stdio: ["ignore", "inherit", "inherit"] });
  if (made.status !== 0) throw new Error(`mmdebstrap ended with ${made.status}`);
}

/** The second disk: Node and the package as it is packed, in a directory of this run. */
export function packageDisk(runDir: string): string {
  const root = join(runDir, "package");
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  installPackage(root);
  const disk = join(runDir, "package.ext4");
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", join(root, "usr/local"), disk, "400M"]);
  rmSync(root, { recursive: true });
  return disk;
}

/** A disk of one run's own. */
export function freshDisk({ disk }: Image, runDir: string): string {
  const own = join(runDir, "disk.ext4");
  execFileSync("cp", ["--sparse=always", "--reflink=auto", disk, own]);
  return own;
}
