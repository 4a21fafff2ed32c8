/** Rules about whom a statement names, and for which action. */
import type { TrustFinding } from '../finding.ts'
import { isAboutWebIdentity, namesEveryone, namesGoogle } from '../google-claims.ts'
import type { Statement } from '../policy-model.ts'
import { GOOGLE, WEB_IDENTITY_ACTION } from '../web-identity.ts'

const WANTED = `Write "Principal": { "Federated": "${GOOGLE}" }.`

export function uselessPrincipals(statement: Statement): readonly TrustFinding[] {
  const { index, effect, principals, actions, except, conditions } = statement
  const found: TrustFinding[] = []
  const report = (finding: Omit<TrustFinding, 'statement'>): void =>
    void found.push({ ...finding, statement: index })
  const everyone = namesEveryone(statement)

  if (everyone && effect === 'Allow') {
    report({
      id: 'everyone',
      level: 'error',
      message:
        'Its Principal is everyone: any AWS account that its conditions do not keep out. Whether that includes Google accounts is documented nowhere.',
      fix: WANTED,
    })
  }
  for (const name of principals['Federated'] ?? []) {
    if (/^https?:/i.test(name) && name.includes('google'))
      report({
        id: 'issuer-url',
        level: 'error',
        message: `Its Principal is ${JSON.stringify(name)}: AWS knows Google by its host alone.`,
        fix: WANTED,
      })
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
    else if (/oidc-provider\/.*google/i.test(name))
      report({
        id: 'oidc-provider-arn',
        level: 'error',
        message:
          'Its Principal is an identity provider of IAM. Google is built into AWS: a provider for it only gets tokens refused (InvalidIdentityToken).',
        fix: `${WANTED} Then remove the provider: aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${name}`,
      })
  }
  if (!namesGoogle(statement) && !(everyone && effect === 'Deny')) return found
  if (effect === 'Allow' && !isAboutWebIdentity(statement))
    report({
      id: 'wrong-action',
      level: 'error',
      message: `It is about ${except ? 'all actions but ' : ''}${actions.join(' and ')}; Google identities come by ${WEB_IDENTITY_ACTION}, and by nothing else.`,
      fix: `Write "Action": "${WEB_IDENTITY_ACTION}".`,
    })
  else if (effect === 'Allow' && (except || actions.some((action) => /[*?]/.test(action))))
    report({
      id: 'wildcard-action',
      level: 'warning',
      message: `It allows ${except ? 'all actions but ' : ''}${actions.join(' and ')}: more than ${WEB_IDENTITY_ACTION}, for instance to tag sessions.`,
      fix: `Write "Action": "${WEB_IDENTITY_ACTION}".`,
    })
  else if (effect === 'Deny' && conditions.length === 0 && isAboutWebIdentity(statement))
    report({
      id: 'deny-everyone',
      level: 'error',
      message: 'It denies every Google identity, and a Deny wins over any Allow.',
      fix: 'Remove it, or say in its Condition whom it means.',
    })
  return found
}
