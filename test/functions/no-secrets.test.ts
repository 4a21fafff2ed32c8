import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { withoutDetails } from '../../shared/core/redaction.ts'
import { runsOver } from '../../shared/core/refresh-run.ts'
import { MINUTE, PLANTED, writingBed } from '../core/writing-bed.ts'
import { functionBed } from './function-bed.ts'

/** Each has the mark, in the form in which such a secret goes about. */
const SECRETS = {
  secretAccessKey: `${PLANTED}/secretAccess0key1of2forty3characters`,
  sessionToken: `IQoJb3JpZ2luX2Vj${PLANTED}//${'aB3+'.repeat(80)}==`,
  idToken: `eyJhbGciOiJSUzI1NiJ9.ey${PLANTED}IjoiMTIzNDU2Nzg5MCJ9.${PLANTED}signature`,
  accessToken: `ya29.${PLANTED}-token_of.google`,
  privateKey: `-----BEGIN PRIVATE KEY-----\nMIIE${PLANTED}\n-----END PRIVATE KEY-----`,
  bearer: `Authorization: Bearer ${PLANTED}`,
}

describe('nothing that comes out of a function', () => {
  it('holds a secret, whatever fails with whatever error', async () => {
    const anyFault = fc.record({
      of: fc.constantFrom('read', 'add', 'readBack', 'list', 'destroy', 'mint', 'callerIdentity' as const),
      secret: fc.constantFrom(...Object.values(SECRETS)),
      translated: fc.boolean(),
    })
    const bed = writingBed()
    const { target, ports, secret, aws, clock } = bed
    const runs = runsOver(() => ports)
    await using functions = await functionBed({ targets: [target], refresh: () => runs.refresh([target]) })
    const bodies: string[] = []
    await fc.assert(
      fc.asyncProperty(anyFault, fc.nat(40), async ({ of, secret: planted, translated }, minutes) => {
        clock.advance(minutes * MINUTE)
        const foreign = Object.assign(new Error(`400: refused ${planted}`), { config: { headers: planted } })
        const cause = withoutDetails(foreign)
        const fault = translated ? new KeyferryError('EXCHANGE_FAILED', cause.message, { cause }) : foreign
        secret.faults = { [of]: fault }
        aws.faults = { [of]: fault }
        bodies.push(await (await functions.call()).text())
        await functions.deliver()
      }),
      { numRuns: 150 },
    )
    const out = [...bodies, ...functions.lines.map((line) => JSON.stringify(line))]
    expect(out.length).toBeGreaterThan(300)
    expect(out.filter((text) => text.toLowerCase().includes(PLANTED.toLowerCase()))).toEqual([])
    expect(out.filter((text) => /"outcome":"(?:refreshed|failed)"/.test(text)).length).toBeGreaterThan(100)
  })
})
