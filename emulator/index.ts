/** `keyferry/emulator`: Google's and AWS's side on loopback, for tests, demonstrations and trying things out. */
export { startEmulator } from './start.ts'
export { defaultSeed } from './seed.ts'
export type {
  EmulatedVersion,
  Emulator,
  GoogleApis,
  KeyFile,
  Lags,
  MetadataServer,
  S3,
  SecretManager,
  Sts,
  VersionState,
} from './emulator.ts'
export type { Call, CallFilter, CallLog } from './calls.ts'
export type { Fault, FaultRule, FaultTarget } from './faults.ts'
export type { SecretManagerQuotas } from './google/secret-manager/quotas.ts'
export type {
  BucketSeed,
  EmulatorClock,
  EmulatorOptions,
  EmulatorSeed,
  FederatedSeed,
  IamBindings,
  ProjectSeed,
  RoleSeed,
  SecretSeed,
  ServiceAccountSeed,
  UserSeed,
} from './options.ts'
export type { Watched } from './watch.ts'
