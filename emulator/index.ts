/** `keyferry/emulator`: Google's and AWS's side on loopback, for tests, demonstrations and trying things out. */
export { startEmulator } from './start.ts'
export { defaultSeed } from './seed.ts'
export type { Emulator } from './emulator.ts'
export type { S3 } from './aws/s3/s3.ts'
export type { Sts } from './aws/sts/sts.ts'
export type { Call, CallFilter, CallLog } from './calls.ts'
export type { Fault, FaultRule, FaultTarget, Faulty } from './faults.ts'
export type { MetadataServer } from './google/metadata.ts'
export type { SecretManagerQuotas } from './google/secret-manager/quotas.ts'
export type { EmulatedVersion, SecretManager } from './google/secret-manager/secret-manager.ts'
export type {
  BucketSeed,
  EmulatorClock,
  EmulatorOptions,
  EmulatorSeed,
  IamBindings,
  ProjectSeed,
  RoleSeed,
  SecretSeed,
  ServiceAccountSeed,
} from './options.ts'
