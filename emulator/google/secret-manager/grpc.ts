/** Secret Manager over gRPC: Google's own service description, answered from the same state as REST. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Socket } from 'node:net'
import type * as Grpc from '@grpc/grpc-js'
import type { FaultPlan } from '../../faults.ts'
import type { Libraries } from '../../libraries.ts'
import { Refusal } from '../../refusal.ts'
import type { Watch } from '../../watch.ts'
import { LOG_IN_PAGE, OVERSIZED_BYTES } from '../../wire/garbled.ts'
import type { Surroundings } from '../../wire/http-front.ts'
import { googleFault, googleRefusal, grpcStatus } from '../canonical-codes.ts'
import type { GoogleTokens } from '../tokens.ts'
import { toProtobuf, wrongChecksum, type Message, type Value } from './message.ts'
import { perform, resourceOf } from './operations.ts'
import type { Vault } from './vault.ts'

export interface GrpcSide {
  /** Speaks gRPC on a connection that somebody else accepted. */
  accept(socket: Socket): void
  close(): void
}

export function grpcSide(
  { grpc, secretManager }: Libraries,
  vault: Vault,
  tokens: GoogleTokens,
  watch: Watch,
  around: Surroundings & { connectionFrom(remotePort: number): Socket | undefined },
): GrpcSide {
  const server = new grpc.Server()
  const definition: Record<string, Grpc.MethodDefinition<Message, Reply>> = {}
  const handlers: Record<string, Grpc.handleUnaryCall<Message, Reply>> = {}
  for (const [name, method] of Object.entries(secretManager)) {
    const serialize = method.responseSerialize as (message: unknown) => Buffer
    definition[name] = { ...method, responseSerialize: ({ message, garble }) => garble(serialize(message)) }
    handlers[name] = (call, callback) => void answer(name, call, callback)
  }
  server.addService(definition, handlers)
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  return {
    accept: (socket) => injector.injectConnection(socket),
    close: () => server.forceShutdown(),
  }

  async function answer(
    operation: string,
    call: Grpc.ServerUnaryCall<Message, Reply>,
    callback: Grpc.sendUnaryData<Reply>,
  ): Promise<void> {
    const [authorization] = call.metadata.get('authorization')
    const caller = tokens.bearer(authorization?.toString())
    const resource = resourceOf(call.request)
    const { latencyMs, fault, record } = watch.begin({ operation, resource, caller })
    const act = (): unknown => toProtobuf(perform(vault, operation, call.request, caller))
    try {
      if (latencyMs > 0) await delay(latencyMs, undefined, { signal: around.stopping })
      if (fault && 'acted' in fault && fault.acted === true) attempt(act)
      if (fault?.kind === 'hang') return record(fault.kind)
      const connection = around.connectionFrom(Number(call.getPeer().split(':').at(-1)))
      if (fault?.kind === 'reset') {
        record(fault.kind)
        connection?.resetAndDestroy()
        return
      }
      if (fault?.kind === 'throttle') throw googleRefusal('RESOURCE_EXHAUSTED', 'Quota exceeded.')
      if (fault?.kind === 'status') throw googleFault(fault)
      const message = fault && LOST.has(fault.kind) ? attempt(act) : act()
      record(fault?.kind ?? 'OK')
      if (fault?.kind === 'wrong-checksum') miscount(message as Message)
      if (fault?.kind === 'trickle') return call.sendMetadata(new grpc.Metadata())
      if (fault?.kind === 'truncated') {
        call.sendMetadata(new grpc.Metadata())
        // Not before the headers are on their way.
        setImmediate(() => connection?.destroySoon())
        return
      }
      callback(null, { message, garble: garbling(fault) })
    } catch (error) {
      if (around.stopping.aborted) return
      const refusal =
        error instanceof Refusal ? error : googleRefusal('INTERNAL', `The emulator failed: ${String(error)}`)
      record(refusal.code)
      callback({ code: grpcStatus(refusal.code), details: refusal.message })
    }
  }
}

/** Faults of which nobody can see whether the call would have been refused. */
const LOST: ReadonlySet<string> = new Set(['malformed', 'empty', 'mistyped', 'trickle', 'truncated'])

interface Reply {
  readonly message: unknown
  readonly garble: (bytes: Buffer) => Buffer
}

function garbling(fault: FaultPlan['fault']): Reply['garble'] {
  switch (fault?.kind) {
    case 'malformed':
      return () => Buffer.from(fault.body ?? LOG_IN_PAGE)
    case 'empty':
      return () => Buffer.alloc(0)
    case 'oversized':
      return (bytes) => Buffer.concat([bytes, unknownField(fault.bytes ?? OVERSIZED_BYTES)])
    case 'mistyped':
      return () => NUMBERS
    default:
      return (bytes) => bytes
  }
}

/** Fields 1 to 4 as numbers: none of the answers has any there. */
const NUMBERS = Buffer.of(0x08, 1, 0x10, 1, 0x18, 1, 0x20, 1)

/** So many bytes in field 1000, which every reader passes over. */
function unknownField(length: number): Buffer {
  const varint = (value: number): number[] =>
    value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
  return Buffer.concat([Buffer.from([...varint((1_000 << 3) | 2), ...varint(length)]), Buffer.alloc(length)])
}

function miscount({ payload }: Message): void {
  const counted = payload as { dataCrc32c?: Value } | undefined
  if (counted?.dataCrc32c !== undefined) counted.dataCrc32c = wrongChecksum(counted.dataCrc32c)
}

function attempt(act: () => unknown): unknown {
  try {
    return act()
  } catch {
    // Its answer is lost in any case.
    return {}
  }
}
