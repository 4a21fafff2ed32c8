import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { listenForProbes } from '../../../scripts/serve/probe-listener.ts'
import { anHour, endpointBed, fakeProvider } from './endpoint-bed.ts'

it('tells probes from outside whether, and has nothing else to tell', async () => {
  const bed = await endpointBed({ default: fakeProvider(anHour()) })
  const port = await freePort()
  const close = await listenForProbes(port, bed.endpoint)
  const ask = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: bed.token, host: 'pod.internal' },
    })
    return [response.status, await response.text()]
  }
  expect(await ask('/readyz')).toEqual([503, 'unavailable\n'])
  bed.endpoint.announce()
  expect(await ask('/readyz')).toEqual([200, 'ok\n'])
  expect(await ask('/healthz')).toEqual([200, 'ok\n'])
  for (const path of ['/credentials', '/metrics', '/']) expect(await ask(path)).toEqual([404, ''])
  close()
  await bed.endpoint.close()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
