/** A client on fakes: a secret, an exchange, a clock that only the test moves, and everything that is told. */
import { fromSecretManager, type FromSecretManagerOptions } from '../../shared/from-secret-manager.ts'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import { durationSecondsOf, type ExchangeOptions } from '../../shared/core/exchange.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { credentialsOf, EXCHANGE } from './credentials.ts'
import { fakeSecret, type FakeSecret } from './fake-secret.ts'
import { settled, virtualClock, type VirtualClock } from './virtual-clock.ts'

export interface FakeExchange {
  /** How often it was asked. */
  mints: number
  /** What it does instead of working. */
  fault: (() => unknown) | undefined
  mint(): Promise<SessionCredentials>
}

/** Its credentials are numbered from 1001 on. */
export function fakeExchange(clock: VirtualClock, exchange: ExchangeOptions = EXCHANGE): FakeExchange {
  const fake: FakeExchange = {
    mints: 0,
    fault: undefined,
    async mint() {
      fake.mints++
      if (fake.fault) await fake.fault()
      return credentialsOf(1_000 + fake.mints, clock.now() + durationSecondsOf(exchange) * 1_000)
    },
  }
  return fake
}

export interface ClientBed {
  readonly clock: VirtualClock
  readonly secret: FakeSecret
  readonly sts: FakeExchange
  readonly provider: KeyferryProvider
  readonly events: KeyferryEvent[]
  /** The last characters of the key that a caller gets now. Background work is done when it resolves. */
  call(): Promise<string>
  /** The same every `stepMs` for `ms`; resolves to all the different answers, errors as their codes. */
  callEvery(stepMs: number, ms: number): Promise<string[]>
  /** Types of the events so far, without repetitions in a row. */
  told(): string[]
}

export type ClientBedOptions = Omit<Partial<FromSecretManagerOptions>, 'exchange'> & {
  /** `undefined` for a client that may not mint. */
  exchange?: ExchangeOptions | undefined
  clock?: VirtualClock
  shared?: FakeSecret
  /** Written before the client starts. @default true */
  written?: boolean
}

/** A client with an exchange, unless `exchange` says otherwise, and random numbers that are always 0. */
export function clientBed(options: ClientBedOptions = {}): ClientBed {
  const { shared, written = true, clock = virtualClock(), exchange: given, ...rest } = options
  const secret = shared ?? fakeSecret(clock)
  const hasExchange = !('exchange' in options) || given !== undefined
  const exchange = given ?? EXCHANGE
  const sts = fakeExchange(clock, exchange)
  if (written && !shared) secret.refresh({ exchange })
  const events: KeyferryEvent[] = []
  const provider = fromSecretManager({
    secret: 'projects/p/secrets/s',
    random: () => 0,
    ...rest,
    clock,
    secrets: secret,
    ...(hasExchange && { exchange, mint: options.mint ?? (() => sts.mint()) }),
    onEvent: (event) => events.push(event),
  })
  const call = async (): Promise<string> => {
    const { accessKeyId } = await provider()
    await settled()
    return accessKeyId.replace(/^ASIA0*/, '')
  }

  return {
    clock,
    secret,
    sts,
    provider,
    events,
    call,
    async callEvery(stepMs, ms) {
      const answers: string[] = []
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs)
        const answer = await call().catch((error: { code?: string }) => error.code ?? String(error))
        if (answers.at(-1) !== answer) answers.push(answer)
      }
      return answers
    },
    told: () => events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]),
  }
}
