/** The names under which keys are derived from seeds: type + actor + operation, joined without separators (schema-08 §6.1; extensions §1). */

/** Key names in use. One name serves one algorithm and one purpose. */
export const keyName = {
  deviceProfile: "BaseDeviceProfile",
  deviceEncrypt: "BaseDeviceEncrypt",
  deviceSign: "BaseDeviceSign",
  deviceAuthenticate: "BaseDeviceAuthenticate",
  deviceCommand25519: "BaseDeviceCommand25519",
  deviceLink448: "BaseDeviceLink448",
  deviceLink25519: "BaseDeviceLink25519",
  activationEncrypt: "ActivationDeviceEncrypt",
  activationSign: "ActivationDeviceSign",
  activationAuthenticate: "ActivationDeviceAuthenticate",
  activationCommand25519: "ActivationDeviceCommand25519",
  accountProfile: "CompleteAccountProfile",
  accountEncrypt: "CompleteAccountEncrypt",
  accountSign: "CompleteAccountSign",
  accountAuthenticate: "CompleteAccountAuthenticate",
  accountEscrow: "CompleteAccountEscrow",
  accountAdminSign: "CompleteAccountAdminSign",
  accountAdminSign25519: "CompleteAccountAdminSign25519",
  accountAdminEncrypt: "CompleteAccountAdminEncrypt",
  serviceProfile: "BaseServiceProfile",
  serviceSign: "BaseServiceSign",
  serviceAuthenticate: "BaseServiceAuthenticate",
  serviceEncrypt: "BaseServiceEncrypt",
  makerFirmware25519: "BaseMakerFirmware25519",
  hostProfile: "BaseHostProfile",
  hostLink448: "BaseHostLink448",
} as const;

/** Name of a store's encryption key; from KeyEpoch 1 on the epoch is appended (extensions §5). */
export function storeKeyName(store: string, keyEpoch: number): string {
  return keyEpoch === 0 ? `${keyName.accountEncrypt}${store}` : `${keyName.accountEncrypt}${store}/${keyEpoch}`;
}
