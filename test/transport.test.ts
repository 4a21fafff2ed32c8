/** The lean transport against servers that answer, hang, cut off and lie, and through a proxy. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { HttpRequest } from '../shared/core/ports.ts'
import { leanTransport } from '../shared/transport.ts'

const open: (Server | TcpServer)[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

async function listening<T extends Server | TcpServer>(
  server: T,
): Promise<T & { url: string; port: number }> {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(server, { port, url: `http://127.0.0.1:${port}` })
}

const answering = (listener: RequestListener): Promise<Server & { url: string }> =>
  listening(createServer(listener))

/** A server that writes `bytes` to whoever connects and asks. */
const writing = (bytes: string, end = true): Promise<TcpServer & { url: string }> =>
  listening(
    createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => (end ? socket.end(bytes) : socket.write(bytes)))
    }),
  )

const get = (url: string, options: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  timeoutMs: 5_000,
  ...options,
})

describe('an exchange', () => {
  it('brings back status, headers in lower case, and body', async () => {
    const { url } = await answering((request, response) => {
      response.writeHead(418, { 'X-Kind': 'tea', 'Set-Cookie': ['a', 'b'] })
      response.end(`${request.method} ${request.url} ${request.headers['x-mine']}`)
    })
    const answer = await leanTransport({})(get(`${url}/a?b=c%20d`, { headers: { 'X-Mine': 'yes' } }))
    expect(answer).toMatchObject({ status: 418, body: 'GET /a?b=c%20d yes' })
    expect(answer.headers).toMatchObject({ 'x-kind': 'tea', 'set-cookie': 'a, b' })
  })

  it('sends a body with its length', async () => {
    const { url } = await answering((request, response) => {
      let body = ''
      request
        .on('data', (chunk) => (body += chunk))
        .on('end', () => response.end(`${request.method} ${request.headers['content-length']} ${body}`))
    })
    const answer = await leanTransport({})(get(url, { method: 'POST', body: 'schön' }))
    expect(answer.body).toBe('POST 6 schön')
  })

  it('keeps its connection for the next one', async () => {
    const ports = new Set<number | undefined>()
    const { url } = await answering((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('ok')
    })
    const http = leanTransport({})
    for (let i = 0; i < 3; i++) {
      await http(get(url))
      await new Promise(setImmediate)
    }
    expect(ports.size).toBe(1)
  })

  it('follows no redirection: a token goes where it was sent', async () => {
    const { url } = await answering((_, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    )
    expect((await leanTransport({})(get(url))).status).toBe(302)
  })
})

describe('an exchange that fails', () => {
  const secrets = { authorization: 'Bearer ya29.planted-access-token' }

  it.each([
    ['a server that never answers', () => listening(createTcpServer((socket) => socket.resume()))],
    ['a body that never ends', () => writing('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab', false)],
  ])('ends %s at the deadline, and closes the socket', async (_, start) => {
    const server = await start()
    const closed = new Promise((resolve) => server.on('connection', (socket) => socket.on('close', resolve)))
    const error = await leanTransport({})(get(server.url, { timeoutMs: 50, headers: secrets })).catch(
      (e) => e,
    )
    expect(error).toMatchObject({
      code: 'ETIMEDOUT',
      message: `GET ${server.url}: no whole answer within 50 ms.`,
    })
    await closed
  })

  it('does not let a server that dribbles outlive the deadline', async () => {
    const { url } = await answering((_, response) => {
      const dribble = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(dribble))
    })
    await expect(leanTransport({})(get(url, { timeoutMs: 80 }))).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('takes an answer that came in time, though this process had no CPU to see it before the deadline', async () => {
    // 1: this thread stands still, 2: the answer has been given.
    const turn = new Int32Array(new SharedArrayBuffer(4))
    const elsewhere = new Worker(
      `const { parentPort, workerData: turn } = require('node:worker_threads')
       require('node:http').createServer((_, response) => {
         parentPort.postMessage('asked')
         Atomics.wait(turn, 0, 0)
         response.end('there', () => (Atomics.store(turn, 0, 2), Atomics.notify(turn, 0)))
       }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`,
      { eval: true, workerData: turn },
    )
    onTestFinished(async () => void (await elsewhere.terminate()))
    const [port] = (await once(elsewhere, 'message')) as [number]
    elsewhere.once('message', () => {
      Atomics.store(turn, 0, 1)
      Atomics.notify(turn, 0)
      // From here on nothing runs in this thread until the answer is there, and the deadline has passed as well.
      Atomics.wait(turn, 0, 1)
      Atomics.wait(turn, 0, 2, 250)
    })
    const { body } = await leanTransport({})(get(`http://127.0.0.1:${port}`, { timeoutMs: 200 }))
    expect(body).toBe('there')
  })

  it.each([
    ['shorter than it was announced', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"half":'],
    ['cut off between chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['not there at all', ''],
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('refuses an answer that is %s', async (_, bytes) => {
    const { url } = await writing(bytes)
    const error = await leanTransport({})(get(url, { headers: secrets })).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).not.toContain('half')
  })

  it('refuses an answer of more than a mebibyte', async () => {
    const { url } = await answering((_, response) => response.end('x'.repeat(1_048_577)))
    await expect(leanTransport({})(get(url))).rejects.toThrow('more than 1048576 bytes')
    const whole = await answering((_, response) => response.end('x'.repeat(1_048_576)))
    expect((await leanTransport({})(get(whole.url))).body).toHaveLength(1_048_576)
  })

  it('says why nothing answers', async () => {
    const server = await listening(createTcpServer())
    await new Promise((resolve) => server.close(resolve))
    await expect(leanTransport({})(get(server.url))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('rejects what is not a URL, and what is not a header, without a word of either', async () => {
    const http = leanTransport({})
    await expect(http(get('not a url'))).rejects.toBeInstanceOf(Error)
    const error = await http(
      get('http://127.0.0.1:1', { headers: { authorization: 'Bearer\nplanted' } }),
    ).catch((e) => e)
    expect(String(error)).not.toContain('planted')
  })

  it('gives up the idle connections too: a process that was frozen starts afresh', async () => {
    let hanging = false
    const ports: (number | undefined)[] = []
    const { url } = await answering((request, response) => {
      ports.push(request.socket.remotePort)
      if (!hanging) setTimeout(() => response.end('ok'), 5)
    })
    const http = leanTransport({})
    await Promise.all([http(get(url)), http(get(url))])
    await new Promise(setImmediate)
    hanging = true
    await expect(http(get(url, { timeoutMs: 40 }))).rejects.toThrow('no whole answer')
    hanging = false
    await http(get(url))
    // Two idle connections, one used by the call that hung: the last call used neither.
    expect(ports.slice(0, 2)).toContain(ports[2])
    expect(ports.slice(0, 3)).not.toContain(ports[3])
  })

  it('leaves the calls alone that are under way', async () => {
    const { url } = await answering((request, response) => {
      if (request.url === '/slow') setTimeout(() => response.end('slow but whole'), 120)
    })
    const http = leanTransport({})
    const slow = http(get(`${url}/slow`))
    await expect(http(get(`${url}/hang`, { timeoutMs: 40 }))).rejects.toThrow('no whole answer')
    expect((await slow).body).toBe('slow but whole')
  })
})

describe('a proxy', () => {
  async function proxy(): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = []
    const server = createServer()
    server.on('connect', ({ url, headers }, socket) => {
      asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim())
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    return { url: (await listening(server)).url, asked }
  }

  it.each(['HTTPS_PROXY', 'https_proxy'])('is used for TLS, as %s says', async (variable) => {
    const { url, asked } = await proxy()
    const http = leanTransport({ [variable]: url })
    await expect(http(get('https://sts.eu-central-1.amazonaws.com/'))).rejects.toThrow('connection failed')
    expect(asked).toEqual(['sts.eu-central-1.amazonaws.com:443'])
  })

  it('keeps its password out of the error', async () => {
    const { url, asked } = await proxy()
    const http = leanTransport({ HTTPS_PROXY: url.replace('//', '//user:planted@') })
    const error = await http(get('https://secretmanager.googleapis.com/')).catch((e: unknown) => e)
    expect(asked).toEqual([expect.stringContaining('Basic ')])
    expect(String((error as Error).stack)).not.toContain('planted')
  })

  it.each(['NO_PROXY', 'no_proxy'])('is not used where %s excludes it', async (variable) => {
    const { url, asked } = await proxy()
    const http = leanTransport({ HTTPS_PROXY: url, [variable]: '.example' })
    // Tests stay on this machine: that it went to the host itself is what fails here.
    await expect(http(get('https://sts.example/'))).rejects.toThrow()
    expect(asked).toEqual([])
  })

  it('is never used for loopback, nor for a request that is direct', async () => {
    const { url, asked } = await proxy()
    const http = leanTransport({ HTTPS_PROXY: url, HTTP_PROXY: url, http_proxy: url })
    const here = await answering((_, response) => response.end('here'))
    expect((await http(get(here.url))).body).toBe('here')
    await expect(http(get(here.url.replace('http:', 'https:')))).rejects.toThrow()
    await expect(http(get('https://metadata.example/', { direct: true }))).rejects.toThrow()
    expect(asked).toEqual([])
  })
})

describe('a process that uses it', () => {
  it('ends when its work does, with the connection still kept alive', async () => {
    const { url } = await listening(
      createServer({ keepAliveTimeout: 600_000 }, (_, response) => response.end('ok')),
    )
    const script = `
      import { leanTransport } from ${JSON.stringify(join(import.meta.dirname, '../shared/transport.ts'))}
      const { body } = await leanTransport({})({ method: 'GET', url: ${JSON.stringify(url)}, timeoutMs: 60_000 })
      process.stdout.write(body)`
    // The deadline of the exchange and the idle time are both far longer than this.
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 10_000,
    })
    expect((await run).stdout).toBe('ok')
  })
})
