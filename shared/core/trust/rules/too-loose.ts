/** Rules about statements that let in more than they mean. */
import type { TrustFinding } from '../finding.ts'
import {
  ALWAYS,
  claimNamed,
  demands,
  isAboutWebIdentity,
  isUniqueId,
  namesGoogle,
  narrows,
  UNIQUE_ID_COMMAND,
  wantedOf,
} from '../google-claims.ts'
import type { Condition, Statement } from '../policy-model.ts'
import { GOOGLE } from '../web-identity.ts'

const PIN = `Add "${GOOGLE}:sub" under StringEquals, with the number that this prints: ${UNIQUE_ID_COMMAND}`

export function loosePolicy(statement: Statement): readonly TrustFinding[] {
  if (statement.effect !== 'Allow' || !namesGoogle(statement) || !isAboutWebIdentity(statement)) return []
  const { index: at } = statement
  return [
    ...whoGetsIn(statement),
    ...(narrows(statement, 'sub') && !narrows(statement, 'oaud')
      ? [
          {
            id: 'no-audience',
            level: 'warning',
            statement: at,
            message: `It demands no audience: a token that this account sent to any other service gets in, whoever holds it there.`,
            fix: `Add "${GOOGLE}:oaud" under StringEquals, with the audience that tokens are minted for: "sts.amazonaws.com".`,
          } satisfies TrustFinding,
        ]
      : []),
    ...statement.conditions.flatMap((condition) => [
      ...holdsWithout(condition, at),
      ...wildcards(condition, statement),
    ]),
  ]
}

function whoGetsIn(statement: Statement): readonly TrustFinding[] {
  if (narrows(statement, 'sub')) return []
  const { index } = statement
  const byAzp = narrows(statement, 'aud')
  if (byAzp || narrows(statement, 'email')) {
    const numeric = byAzp && wantedOf(statement, 'aud').some(isUniqueId)
    return [
      {
        id: 'no-subject',
        level: 'warning',
        statement: index,
        message: numeric
          ? `It names the account by :aud alone, which is azp: who asked for the token, not whom it is about.`
          : 'Nothing in it names the account by its immutable id: an e-mail can be given to another account, and an audience to anyone.',
        fix: PIN,
      },
    ]
  }
  const audiences = wantedOf(statement, 'oaud')
  return [
    {
      id: 'open-to-any-account',
      level: 'error',
      statement: index,
      message:
        demands(statement, 'oaud').length > 0
          ? `It demands an audience alone (${audiences.map((one) => JSON.stringify(one)).join(' or ')}). Whoever asks for a token chooses its audience: every Google service account of the world gets in.`
          : 'It does not say which Google account it means: every one of the world gets in.',
      fix: PIN,
    },
  ]
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
function holdsWithout(
  { name, set, ifExists, key, operator }: Condition,
  statement: number,
): readonly TrustFinding[] {
  const claim = claimNamed(key)
  if ((set !== 'ForAllValues' && !ifExists) || claim === undefined) return []
  return [
    {
      id: set === 'ForAllValues' ? 'for-all-values' : 'if-exists',
      level: ALWAYS.includes(claim) ? 'warning' : 'error',
      statement,
      message: `${name} holds for every token without ${key}, so it guards nothing there.${
        ALWAYS.includes(claim) ? " Google's tokens have it, which is all that it rests on." : ''
      }`,
      fix: `Write ${operator}, which fails where the key is absent.`,
    },
  ]
}

function wildcards(
  { name, operator, key, values }: Condition,
  statement: Statement,
): readonly TrustFinding[] {
  const claim = claimNamed(key)
  const wide = values.filter((value) => /[*?]/.test(value.replaceAll(/\$\{[*?]\}/g, '')))
  if (operator !== 'StringLike' || claim === undefined || wide.length === 0) return []
  const what = wide.map((value) => JSON.stringify(value)).join(' and ')
  return claim === 'sub'
    ? [
        {
          id: 'wildcard-subject',
          level: 'error',
          statement: statement.index,
          message: `${name} ${what} lets in every account whose id looks like that: ids are given out by chance, and belong to strangers.`,
          fix: 'Write StringEquals, with a list of whole ids.',
        },
      ]
    : [
        {
          id: 'wildcard-value',
          // Where nothing else names the account, what the wildcard matches are accounts.
          level: claim !== 'oaud' && !narrows(statement, 'sub') ? 'error' : 'warning',
          statement: statement.index,
          message: `${name} ${key} ${what} matches values that you have not seen.`,
          fix: 'Write StringEquals, with a list of whole values.',
        },
      ]
}
