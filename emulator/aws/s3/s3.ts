/** Enough of S3 to list, read and write objects with a session's credentials. */
import { randomUUID } from 'node:crypto'
import type { S3 } from '../../emulator.ts'
import type { BucketSeed, EmulatorClock } from '../../options.ts'
import type { Refusal } from '../../refusal.ts'
import type { Watch } from '../../watch.ts'
import { xmlAnswer } from '../../wire/answers.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from '../../wire/http-api.ts'
import { sessionNamed, verify, type SignatureRules } from '../signature.ts'
import { xml } from '../xml.ts'
import { Buckets } from './buckets.ts'
import { SIGNATURE_PROBLEMS, s3Fault, s3Refusal } from './errors.ts'
import { OPERATIONS } from './operations.ts'
import { targetOf, type Target } from './target.ts'

export function s3Control(
  rules: SignatureRules,
  clock: EmulatorClock,
  seed: { readonly buckets?: readonly BucketSeed[]; readonly region: string },
  watch: Watch,
): { readonly control: S3; readonly api: HttpApi } {
  const buckets = new Buckets(clock, seed.region)
  for (const bucket of seed.buckets ?? []) buckets.put(bucket)
  const control: S3 = {
    ...watch.control,
    putBucket: (bucket) => buckets.put(bucket),
    object: (bucket, key) => buckets.find(bucket)?.objects.get(key)?.body,
  }
  const api: HttpApi = {
    watch,
    throttled: s3Refusal('SlowDown'),
    refusalOf: s3Fault,
    headers: () => ({
      date: new Date(rules.clock.now()).toUTCString(),
      'x-amz-request-id': randomUUID(),
      server: 'AmazonS3',
    }),
    refuse: errorAnswer,
    route: (call) => routed(rules, buckets, call),
  }
  return { control, api }
}

function routed(rules: SignatureRules, buckets: Buckets, call: HttpCall): HttpOperation {
  const target = targetOf(call)
  const { operation, resource } = target
  return {
    operation,
    resource,
    caller: sessionNamed(call, rules.sessions)?.arn,
    act: async () => {
      const session = await verify(call, 's3', rules)
      if (typeof session === 'string') throw s3Refusal(SIGNATURE_PROBLEMS[session])
      if (rules.sessions.denied(session)) {
        throw s3Refusal(
          'AccessDenied',
          `User: ${session.arn} is not authorized to perform: s3:${operation} with an explicit deny in an identity-based policy`,
        )
      }
      return done(buckets, target, call)
    },
  }
}

function done(buckets: Buckets, target: Target, call: HttpCall): HttpAnswer {
  const operation = OPERATIONS[target.operation]
  if (!operation) throw s3Refusal('NotImplemented')
  return operation(buckets, target, call)
}

function errorAnswer({ code, status, message }: Refusal, call: HttpCall): HttpAnswer {
  return xmlAnswer(
    xml('Error', [
      ['Code', code],
      ['Message', message],
      ['Resource', decodeURIComponent(call.path)],
      ['RequestId', randomUUID()],
      ['HostId', randomUUID()],
    ]),
    status,
  )
}
