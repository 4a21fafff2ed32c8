/** The OpenTelemetry example, with OpenTelemetry's own SDK. */
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterAll, expect, it } from 'vitest'
import { fromSecretManager } from '../../shared/index.ts'

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
metrics.setGlobalMeterProvider(provider)

afterAll(() => provider.shutdown())

it('counts what happens, times the mints and watches the life that is left', async () => {
  await import('../../examples/opentelemetry.ts')
  const secret = 'projects/p/secrets/s'
  const missing = Object.assign(new Error('no such secret'), { code: 'SECRET_NOT_FOUND' })
  const credentials = fromSecretManager({
    secret,
    exchange: { roleArn: 'arn:aws:iam::123456789012:role/app', region: 'eu-central-1' },
    secrets: { read: () => Promise.reject(missing), add: () => Promise.reject(missing) },
    mint: async () => ({
      accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
      secretAccessKey: 'planted',
      sessionToken: 'planted',
      expiration: new Date(Date.now() + 3_600_000),
      accountId: '123456789012',
    }),
    random: () => 0,
  })
  await credentials()
  await provider.forceFlush()

  const seen = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const pointsOf = (name: string): readonly { value: unknown; attributes: object }[] =>
    seen.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
  expect(pointsOf('keyferry.events').map(({ attributes }) => attributes)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'minted', secret }),
      expect.objectContaining({ type: 'held', secret }),
    ]),
  )
  expect(pointsOf('keyferry.mint.duration')).toHaveLength(1)
  expect(pointsOf('keyferry.credentials.life_left')[0]?.value).toBeGreaterThan(3_500)
  expect(JSON.stringify(seen)).not.toContain('planted')
})
