/** Asks Secret Manager what may be done with a secret, and with that leave everything else that can be seen of it. */
import { readNewest } from '../../core/newest-version.ts'
import type { CorrectedClock } from '../../core/clock-skew.ts'
import type { GoogleIdentity, HttpTransport, Random, Sleep } from '../../core/ports.ts'
import { readVersion } from '../../core/version-reading.ts'
import { secretInspection, type SecretInspection } from '../../google/secret-inspection.ts'
import { leanSecretStore } from '../../google/secret-store-lean.ts'
import { ask, askAfter, valueOf, type Answer } from './answer.ts'
import { PERMISSIONS, type Permission, type TargetFacts } from './facts.ts'
import type { Subject } from './subject.ts'

export type SecretFacts = Pick<
  TargetFacts,
  'accessToken' | 'permitted' | 'settings' | 'bindings' | 'versions' | 'latest' | 'newest'
>

export async function gatherSecret(
  { secret }: Subject,
  identity: Answer<GoogleIdentity>,
  around: {
    readonly env: NodeJS.ProcessEnv
    readonly http: HttpTransport
    readonly clock: CorrectedClock
    readonly sleep?: Sleep
    readonly random?: Random
  },
): Promise<SecretFacts> {
  if (secret === undefined) return nothing('no secret is configured')
  const accessToken = await askAfter(identity, 'identity', async (source) => {
    await source.accessToken()
    return true as const
  })
  if (!('value' in accessToken) || !('value' in identity))
    return { ...nothing('skipped' in accessToken ? accessToken.skipped : 'access-token failed'), accessToken }
  const options = { secret, tokens: identity.value, ...around }
  const doors = await ask(() => ({ store: leanSecretStore(options), inspection: secretInspection(options) }))
  if (!('value' in doors)) return { ...nothing('endpoint failed'), accessToken }
  const { store, inspection } = doors.value
  const permitted = await ask(() => permissionsOf(inspection))
  const where = (permission: Permission): Answer<true> => {
    const all = valueOf(permitted)
    if (!all) return { skipped: 'Secret Manager did not say what is permitted' }
    return all.has(permission)
      ? { value: true }
      : { skipped: `it cannot be seen without ${PERMISSIONS[permission]}` }
  }
  const { clock } = around
  // Who may do nothing at all may still be told that there is no such secret.
  const readable: Answer<true> = valueOf(permitted)?.size === 0 ? { value: true } : where('access')
  const [settings, bindings, versions, latest] = await Promise.all([
    askAfter(where('settings'), '', () => inspection.settings()),
    askAfter(where('bindings'), '', () => inspection.bindings()),
    askAfter(where('list'), '', () => store.list()),
    askAfter(readable, '', () => readVersion(store, 'latest', { clock })),
  ])
  const newest = await askAfter(where('access'), '', () =>
    // `latest` may lag however young what it gives is: only the numbers above it tell.
    readNewest(store, { clock, known: valueOf(versions)?.[0]?.version, isOverdue: () => true }),
  )
  return { accessToken, permitted, settings, bindings, versions, latest, newest }
}

async function permissionsOf(inspection: SecretInspection): Promise<ReadonlySet<Permission>> {
  const granted = await inspection.permitted(Object.values(PERMISSIONS))
  const all = Object.entries(PERMISSIONS) as [Permission, string][]
  return new Set(all.filter(([, name]) => granted.includes(name)).map(([permission]) => permission))
}

function nothing(because: string): SecretFacts {
  const answer = { skipped: because }
  return {
    accessToken: answer,
    permitted: answer,
    settings: answer,
    bindings: answer,
    versions: answer,
    latest: answer,
    newest: answer,
  }
}
