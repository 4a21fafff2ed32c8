/** `keyferry doctor`: every check that can be made from here, each with cause and fix. Reads only. */
import { createRequire } from 'node:module'
import { KeyferryError } from '../shared/core/errors.ts'
import { nearestTo } from '../shared/core/did-you-mean.ts'
import { examine, type DoctorReport } from '../shared/report/doctor/examine.ts'
import { doctorText } from '../shared/report/doctor/doctor-text.ts'
import type { DoctorRole } from '../shared/report/doctor/subject.ts'
import { leanTransport } from '../shared/transport.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import type { Terminal } from './command/terminal.ts'
import { policyText } from './trust/policy-file.ts'

const ROLES: readonly DoctorRole[] = ['writer', 'consumer', 'publisher']

export async function doctor(call: Call, terminal: Terminal): Promise<number> {
  const { env } = terminal
  const file = call.value('trust-policy')
  const report = await examine({
    env,
    http: leanTransport(env),
    as: roleIn(call),
    targets: call.arguments,
    policy: file === undefined ? undefined : await policyText(file),
    hasPackage,
  })
  if (call.has('json')) terminal.print(JSON.stringify(report, null, 2))
  else terminal.report(doctorText(report, terminal))
  return exitCodeOf(report)
}

function exitCodeOf({ ok, checks }: DoctorReport): number {
  if (ok) return EXIT.ok
  const isConfiguration = checks.some(({ id, level }) => id === 'configuration' && level === 'fail')
  return isConfiguration ? EXIT.usage : EXIT.failed
}

function roleIn(call: Call): DoctorRole {
  const given = call.value('as') ?? 'writer'
  const role = ROLES.find((each) => each === given)
  if (role) return role
  const meant = nearestTo(given, ROLES)
  throw new KeyferryError(
    'CONFIG_INVALID',
    `--as takes ${ROLES.join(', ')}, not "${given}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
  )
}

function hasPackage(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
