/** The libraries that only the emulator needs: optional peers, loaded when the first one starts. */
import { createRequire } from 'node:module'
import type * as Grpc from '@grpc/grpc-js'
import type * as Signatures from '@smithy/signature-v4'
import type * as Jose from 'jose'

export interface Libraries {
  readonly grpc: typeof Grpc
  readonly jose: typeof Jose
  readonly signatures: typeof Signatures
  /** Google's own description of Secret Manager: messages, methods and their REST paths. */
  readonly protos: object
  /** The same as gRPC takes it. */
  readonly secretManager: Grpc.ServiceDefinition
}

const INSTALL =
  'npm install --save-dev @grpc/grpc-js@1 @grpc/proto-loader@0.8 jose@6 @smithy/signature-v4@5 @google-cloud/secret-manager@7'

let loading: Promise<Libraries> | undefined

export async function loadLibraries(): Promise<Libraries> {
  try {
    return await (loading ??= load())
  } catch (cause) {
    loading = undefined
    throw new Error(`The emulator needs libraries that are not installed. Install them: ${INSTALL}`, {
      cause,
    })
  }
}

async function load(): Promise<Libraries> {
  const [grpc, protoLoader, jose, signatures] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
    import('jose'),
    import('@smithy/signature-v4'),
  ])
  // The package's .proto files import others that it does not ship; its JSON form is whole.
  const protos = createRequire(import.meta.url)(
    '@google-cloud/secret-manager/build/protos/protos.json',
  ) as object
  const description = protoLoader.fromJSON(protos, { longs: String, enums: String })
  const secretManager = description['google.cloud.secretmanager.v1.SecretManagerService']
  return { grpc, jose, signatures, protos, secretManager: secretManager as unknown as Grpc.ServiceDefinition }
}
