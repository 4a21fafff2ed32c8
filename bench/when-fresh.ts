/** What a request pays for credentials while they are fresh: this package's provider beside the AWS SDK's own memoizer. */
import { memoizeIdentityProvider, isIdentityExpired, doesIdentityRequireRefresh } from '@smithy/core'
import { refreshAhead } from '../shared/index.ts'
import { compare, table } from './paired.ts'

const TURNS = Number(process.env['TURNS'] ?? 31)
const CALLS = 200_000

const credentials = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  accountId: '123456789012',
  expiration: new Date(Date.now() + 3_600_000),
}
const load = async (): Promise<typeof credentials> => credentials
const memoized = memoizeIdentityProvider(load, isIdentityExpired, doesIdentityRequireRefresh) as typeof load
const ours = refreshAhead(load)

const rows = await compare(
  [
    { name: "the AWS SDK's memoizer", measure: () => timePerCall(memoized) },
    { name: '`refreshAhead`', measure: () => timePerCall(ours) },
  ],
  TURNS,
)
console.log(table(`A call while fresh, ${CALLS.toLocaleString('en')} calls a turn`, rows, TURNS))

async function timePerCall(provider: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (let call = 0; call < CALLS; call++) await provider()
  return (performance.now() - start) / CALLS
}
