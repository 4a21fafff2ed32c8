/** The emulator as its user holds it. */
import type { S3 } from './aws/s3/s3.ts'
import type { Sts } from './aws/sts/sts.ts'
import type { MetadataServer } from './google/metadata.ts'
import type { SecretManager } from './google/secret-manager/secret-manager.ts'

export interface Emulator {
  /** Everything that a client process needs to talk to it: spread it into the process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** The same as a workload with another identity sees it. */
  envFor(serviceAccountEmail: string): Promise<Readonly<Record<string, string>>>
  readonly metadata: MetadataServer
  readonly secretManager: SecretManager
  readonly sts: Sts
  readonly s3: S3
  /** Closes every port, with all that hangs on it. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
