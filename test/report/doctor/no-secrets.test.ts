/** The doctor sees every secret there is. That it shows none of them is checked with each misconfiguration; here, that the checking can fail. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leanTransport } from '../../../shared/transport.ts'
import { doctorText } from '../../../shared/report/doctor/doctor-text.ts'
import type { HttpResponse, HttpTransport } from '../../../shared/core/ports.ts'
import { examined, startBed, type Bed, type Place } from './doctor-bed.ts'
import { eavesdropping } from './eavesdropping.ts'

let bed: Bed
let place: Place
beforeAll(async () => {
  bed = await startBed()
  place = await bed.place()
})
afterAll(() => bed.stop())

describe('the doctor', () => {
  it('hears secrets, in this test', async () => {
    const heard = new Set<string>()
    await examined(place.writer, { http: eavesdropping(leanTransport(place.writer), heard) })
    const all = [...heard].join('\n')
    expect(all).toMatch(/^ey/m)
    expect(all).toMatch(/^ya29/m)
    expect(heard.size).toBeGreaterThan(5)
  })

  it('shows nothing of what a service answers out of turn', async () => {
    const planted = `pl4nted/SECRET+accessKeyOf40Characters00`
    const answer = fc.record({
      status: fc.constantFrom(200, 400, 401, 403, 404, 429, 500),
      body: fc.constantFrom(
        planted,
        JSON.stringify({ error: { status: 'PERMISSION_DENIED', message: `no: ${planted}` } }),
        JSON.stringify({ error: { status: 'FAILED_PRECONDITION', message: planted } }),
        JSON.stringify({
          access_token: planted,
          expires_in: 3599,
          permissions: [planted],
          payload: { data: planted },
        }),
        `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${planted}</Message></Error></ErrorResponse>`,
        `<ErrorResponse><Error><Code>ValidationError</Code><Message>Value '${planted}' failed</Message></Error></ErrorResponse>`,
      ),
      google: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 8 }), async (answers) => {
        let next = 0
        const http: HttpTransport = async (): Promise<HttpResponse> => {
          const { status, body, google } = answers[next++ % answers.length] as (typeof answers)[number]
          return { status, body, headers: google ? { 'metadata-flavor': 'Google' } : {} }
        }
        const report = await examined(place.writer, { http })
        expect(JSON.stringify(report) + doctorText(report)).not.toContain(planted)
      }),
      { numRuns: 60 },
    )
  })
})
