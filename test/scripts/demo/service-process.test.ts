import { afterEach, describe, expect, it } from 'vitest'
import { startService, type ServiceProcess } from '../../../scripts/demo/service-process.ts'

const TELLS_TIME = `
  const server = require('node:http').createServer((_, response) =>
    response.end(JSON.stringify([Date.now(), new Date().getTime(), Date.parse(Date()), new Date(0).getTime(), new Date() instanceof Date])))
  server.listen(Number(process.env.PORT), '127.0.0.1')`
const HOUR = 3_600_000

describe('a service of the demo', () => {
  let service: ServiceProcess | undefined
  afterEach(() => service?.stop())

  it('is moved in time without knowing of it', async () => {
    service = await start(TELLS_TIME, HOUR)
    expect(await hoursAhead(service)).toEqual([1, 1, 1, 'of a given instant: 0', 'a Date: true'])
    await service.moveClock(5 * HOUR)
    expect(await hoursAhead(service)).toEqual([5, 5, 5, 'of a given instant: 0', 'a Date: true'])
  })

  it('is gone once it is stopped', async () => {
    service = await start(TELLS_TIME)
    const { url } = service
    await service.stop()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('that ends at its start says its last words, without a secret in them', async () => {
    await expect(
      start("console.error('no way: ASIAIOSFODNN7EXAMPLE'); process.exitCode = 3"),
    ).rejects.toThrow('The service ended at its start:\nno way: …MPLE')
  })

  it('does not see what its user has set up for the real clouds', async () => {
    process.env['AWS_PROFILE'] = 'production'
    try {
      service = await start(
        `require('node:http').createServer((_, response) => response.end(JSON.stringify([process.env.AWS_PROFILE, process.env.MINE]))).listen(0, '127.0.0.1')`,
      )
      expect(await (await fetch(service.url)).json()).toEqual([null, 'yes'])
    } finally {
      delete process.env['AWS_PROFILE']
    }
  })
})

function start(script: string, aheadMs = 0): Promise<ServiceProcess> {
  return startService({ name: 'service', command: ['-e', script], env: { MINE: 'yes' }, aheadMs })
}

async function hoursAhead({ url }: ServiceProcess): Promise<unknown[]> {
  const [now, fresh, called, given, isDate] = (await (await fetch(url)).json()) as number[]
  const ahead = [now, fresh, called].map((instant) => Math.round(((instant as number) - Date.now()) / HOUR))
  return [...ahead, `of a given instant: ${given}`, `a Date: ${isDate}`]
}
