/** All that is AWS on one port, as `AWS_ENDPOINT_URL` is one address: STS and S3 with the same sessions. */
import type { S3, Sts } from '../emulator.ts'
import type { GoogleTokens } from '../google/tokens.ts'
import type { Libraries } from '../libraries.ts'
import type { EmulatorClock, EmulatorSeed } from '../options.ts'
import { watch } from '../watch.ts'
import { httpFront, type Surroundings } from '../wire/http-front.ts'
import { listenForHttp, type Listener } from '../wire/listener.ts'
import type { HttpCall } from '../wire/http-api.ts'
import { Roles } from './roles.ts'
import { s3Control } from './s3/s3.ts'
import { Sessions } from './sessions.ts'
import { stsControl } from './sts/sts.ts'

export async function startAws(
  libraries: Libraries,
  google: GoogleTokens,
  seed: EmulatorSeed & { readonly region: string },
  around: Surroundings,
  port: number,
): Promise<{ readonly sts: Sts; readonly s3: S3; readonly listener: Listener }> {
  const clock: EmulatorClock = { now: () => around.clock.now() + sts.control.clockSkewMs }
  const sessions = new Sessions(clock)
  const rules = { libraries, sessions, clock }
  const [stsWatch, s3Watch] = [watch(around.clock), watch(around.clock)]
  const sts = stsControl({ ...rules, roles: new Roles(seed.roles), google }, stsWatch)
  const s3 = s3Control(rules, clock, seed, s3Watch)
  const listener = await listenForHttp(
    port,
    httpFront((call) => (isSts(call) ? sts.api : s3.api), around),
  )
  for (const each of [stsWatch, s3Watch]) each.reachedAt(listener)
  return { sts: sts.control, s3: s3.control, listener }
}

// Both are addressed at `/`. A form is for STS: nothing of S3 is one.
function isSts({ path, query, headers }: HttpCall): boolean {
  if (path !== '/') return false
  return (
    query.has('Action') || headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  )
}
