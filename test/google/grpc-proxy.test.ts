import { describe, expect, it } from 'vitest'
import { grpcRoute } from '../../shared/google/grpc-proxy.ts'

const HOST = 'secretmanager.googleapis.com'
const PROXY = 'http://proxy.example:3128'
const straight = { apiEndpoint: HOST, port: 443, 'grpc.enable_http_proxy': 0 }

describe('the way of gRPC', () => {
  it.each([
    { HTTPS_PROXY: PROXY },
    { https_proxy: PROXY },
    { https_proxy: PROXY, HTTPS_PROXY: 'http://other' },
  ])('goes through the proxy of %j', (env) => {
    expect(grpcRoute(HOST, 443, env)).toEqual({
      apiEndpoint: 'proxy.example',
      port: 3_128,
      'grpc.enable_http_proxy': 0,
      'grpc.http_connect_target': `dns:${HOST}:443`,
      'grpc.default_authority': HOST,
    })
  })

  it('tells the proxy who comes', () => {
    const route = grpcRoute(HOST, 443, { HTTPS_PROXY: 'http://us%40er:p%3Aw@proxy.example' })
    expect(route).toMatchObject({ port: 80, 'grpc.http_connect_creds': 'us@er:p:w' })
  })

  it.each<NodeJS.ProcessEnv>([
    {},
    { HTTP_PROXY: PROXY },
    { HTTPS_PROXY: 'socks5://proxy.example' },
    { HTTPS_PROXY: 'proxy' },
    ...[HOST, 'googleapis.com', '.googleapis.com', '*.googleapis.com', 'x, googleapis.com', '*'].flatMap(
      (rule) => [
        { HTTPS_PROXY: PROXY, NO_PROXY: rule },
        { HTTPS_PROXY: PROXY, no_proxy: rule },
      ],
    ),
  ])('is straight with %j', (env) => {
    expect(grpcRoute(HOST, 443, env)).toEqual(straight)
  })

  it.each(['oogleapis.com', 'example', ''])('is not made straight by NO_PROXY=%j', (rule) => {
    expect(grpcRoute(HOST, 443, { HTTPS_PROXY: PROXY, NO_PROXY: rule }).apiEndpoint).toBe('proxy.example')
  })

  it.each(['127.0.0.1', 'localhost'])('to %s is always straight', (host) => {
    expect(grpcRoute(host, 8_085, { HTTPS_PROXY: PROXY })).toMatchObject({ apiEndpoint: host, port: 8_085 })
  })
})
