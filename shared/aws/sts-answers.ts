/** What both adapters make of STS's answers: whole session credentials, or an error that names what is missing. */
import type { AssumedRole } from '../core/ports.ts'
import { stsUnintelligible } from './sts-errors.ts'
import type { StsAttempt } from './sts-refusals.ts'

/** The fields of an answer, by AWS's names. */
export interface AssumedRoleFields {
  readonly AccessKeyId?: string | undefined
  readonly SecretAccessKey?: string | undefined
  readonly SessionToken?: string | undefined
  readonly Expiration?: Date | undefined
  readonly Arn?: string | undefined
}

export function assumedRole(attempt: StsAttempt, fields: AssumedRoleFields): AssumedRole {
  const required = <T>(name: keyof AssumedRoleFields, value: T | undefined): T => {
    if (!value) throw stsUnintelligible(attempt, name)
    return value
  }
  const expiration = required('Expiration', fields.Expiration)
  if (Number.isNaN(expiration.getTime())) throw stsUnintelligible(attempt, 'Expiration that is a time')
  const assumedRoleArn = required('Arn', fields.Arn)
  const [, accountId] = /^arn:[^:]+:sts::(\d{12}):/.exec(assumedRoleArn) ?? []
  return {
    credentials: {
      accessKeyId: required('AccessKeyId', fields.AccessKeyId),
      secretAccessKey: required('SecretAccessKey', fields.SecretAccessKey),
      sessionToken: required('SessionToken', fields.SessionToken),
      expiration,
      accountId: required('Arn', accountId),
    },
    assumedRoleArn,
  }
}
