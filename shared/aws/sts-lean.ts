/** `AssumeRoleWithWebIdentity` over the lean transport: one unsigned form, so that a fallback loads no SDK. */
import type { HttpTransport, WebIdentityExchange, WebIdentityRequest } from '../core/ports.ts'
import { assumedRole } from './sts-answers.ts'
import { stsEndpoint } from './sts-endpoint.ts'
import { stsRefused, stsUnanswered } from './sts-errors.ts'
import type { StsAttempt } from './sts-refusals.ts'
import { xmlField } from './xml-fields.ts'

export interface LeanStsOptions {
  readonly http: HttpTransport
  /** @default AWS_REGION of `env` */
  readonly region?: string | undefined
  /** Read for AWS_REGION, AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of the call, in milliseconds. @default 5000 */
  readonly timeoutMs?: number
}

/** One attempt a call: retries are the caller's. Throws CONFIG_INVALID without a region. */
export function leanSts(options: LeanStsOptions): WebIdentityExchange {
  const { http, timeoutMs = 5_000 } = options
  const { url, region } = stsEndpoint(options)

  return {
    async assumeRoleWithWebIdentity(request) {
      const { roleArn, idToken } = request
      const attempt: StsAttempt = { act: 'AssumeRoleWithWebIdentity', region, roleArn, idToken }
      const { status, headers, body } = await http({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'keyferry' },
        body: formOf(request),
        timeoutMs,
      }).catch((error: unknown) => {
        throw stsUnanswered(attempt, error)
      })
      const field = (name: string): string | undefined => xmlField(body, name)
      if (status !== 200) {
        throw stsRefused(attempt, {
          status,
          code: field('Code'),
          message: field('Message'),
          requestId: field('RequestId') ?? headers['x-amzn-requestid'],
        })
      }
      const expiration = field('Expiration')
      return assumedRole(attempt, {
        AccessKeyId: field('AccessKeyId'),
        SecretAccessKey: field('SecretAccessKey'),
        SessionToken: field('SessionToken'),
        Expiration: expiration === undefined ? undefined : new Date(expiration),
        Arn: field('Arn'),
      })
    },
  }
}

function formOf({
  roleArn,
  sessionName,
  idToken,
  durationSeconds,
  policy,
  policyArns,
}: WebIdentityRequest): string {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: idToken,
    DurationSeconds: String(durationSeconds),
  })
  if (policy !== undefined) form.set('Policy', policy)
  policyArns?.forEach((arn, i) => form.set(`PolicyArns.member.${i + 1}.arn`, arn))
  return form.toString()
}
