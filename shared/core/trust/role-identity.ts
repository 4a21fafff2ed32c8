/** Whether a role's trust policy lets in a session of another role: what STS asks along a chain of roles. */
import { decide, type TrustDecision } from './decision.ts'
import { sessionContext, type SessionRequest } from './web-identity.ts'

/** Whether `policy` (a document, or its text) lets a session of another role assume its role by `AssumeRole`. */
export function evaluateRoleTrust(
  policy: unknown,
  caller: { readonly arn: string; readonly roleArn: string },
  session: SessionRequest = {},
): TrustDecision {
  const [, partition, , , accountId = ''] = caller.arn.split(':')
  return decide(policy, {
    action: 'sts:AssumeRole',
    principals: {
      AWS: [caller.arn, caller.roleArn, accountId, `arn:${partition}:iam::${accountId}:root`, '*'],
    },
    context: { 'aws:PrincipalArn': { values: [caller.roleArn] }, ...sessionContext(session) },
  })
}
