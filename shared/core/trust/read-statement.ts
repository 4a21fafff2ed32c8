/** Reads one statement of a trust policy, and says what is wrong with one that IAM would not save. */
import { nearestTo } from '../did-you-mean.ts'
import { isObject, listOf, type Json } from './json-shape.ts'
import type { PolicyProblem, Principals, Statement } from './policy-model.ts'
import { readConditions, type Report } from './read-conditions.ts'

export interface StatementReading {
  /** Absent where it has a fault. */
  readonly statement?: Statement
  readonly problems: readonly PolicyProblem[]
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition']
const KINDS = ['AWS', 'Federated', 'Service', 'CanonicalUser']

export function readStatement(value: unknown, index: number): StatementReading {
  const problems: PolicyProblem[] = []
  const report: Report = (problem) => void problems.push({ ...problem, statement: index })
  if (!isObject(value)) {
    report({ id: 'not-a-policy', message: 'It is not an object.', fix: 'Write a statement: { "Effect": … }' })
    return { problems }
  }
  for (const name of Object.keys(value)) checkElement(name, report)
  const sid = sidOf(value['Sid'], report)
  const effect = effectOf(value, report)
  const principals = principalsOf(value, report)
  const actions = actionsOf(value, report)
  const conditions = readConditions(value['Condition'], report)
  if (problems.length > 0 || !effect || !principals || !actions) return { problems }
  return {
    statement: {
      index,
      sid,
      effect,
      principals,
      actions,
      except: Object.hasOwn(value, 'NotAction'),
      conditions,
    },
    problems,
  }
}

function checkElement(name: string, report: Report): void {
  if (ELEMENTS.includes(name)) return
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
  if (name === 'NotPrincipal') {
    return report({
      id: 'not-principal',
      element: 'Principal',
      message: 'A trust policy cannot have NotPrincipal: AWS refuses it.',
      fix: 'Write "Principal": { "Federated": "accounts.google.com" } and say in Condition whom you mean.',
    })
  }
  const meant = nearestTo(name, ELEMENTS)
  report({
    id: 'unknown-element',
    message: /resource/i.test(name)
      ? `A trust policy has no ${name}: it is about the role that it belongs to.`
      : `A statement has no element ${JSON.stringify(name)}: AWS refuses it.`,
    fix: meant ? `Write ${JSON.stringify(meant)}.` : 'Remove it.',
  })
}

// Consoles write an empty one: it is none.
function sidOf(sid: unknown, report: Report): string | undefined {
  if (sid === undefined || sid === '') return undefined
  if (typeof sid === 'string' && /^[A-Za-z0-9]+$/.test(sid)) return sid
  return report({
    id: 'wrong-sid',
    message: `Its Sid is ${shown(sid)}: AWS takes letters and digits alone.`,
    fix: 'Rename it, or leave it away.',
  })
}

function effectOf(statement: Json, report: Report): 'Allow' | 'Deny' | undefined {
  const effect = statement['Effect']
  if (effect === 'Allow' || effect === 'Deny') return effect
  return report({
    id: 'wrong-effect',
    element: 'Effect',
    message:
      effect === undefined
        ? 'It has no Effect.'
        : `Its Effect is ${JSON.stringify(effect)}, which is neither Allow nor Deny.`,
    fix: 'Write "Effect": "Allow".',
  })
}

function principalsOf(statement: Json, report: Report): Principals | undefined {
  const principal = statement['Principal']
  if (principal === '*') return { AWS: [principal] }
  const kinds = Object.entries(isObject(principal) ? principal : {})
  const fine = kinds.every(([kind, names]) => KINDS.includes(kind) && strings(names))
  if (kinds.length > 0 && fine)
    return Object.fromEntries(kinds.map(([kind, names]) => [kind, listOf(names).map(String)]))
  if (Object.hasOwn(statement, 'NotPrincipal')) return undefined
  return report({
    id: 'wrong-principal',
    element: 'Principal',
    message:
      principal === undefined
        ? 'It has no Principal: a trust policy must say who is trusted.'
        : `Its Principal is ${shown(principal)}, which names nobody.`,
    fix: 'Write "Principal": { "Federated": "accounts.google.com" }.',
  })
}

function actionsOf(statement: Json, report: Report): readonly string[] | undefined {
  const names = ['Action', 'NotAction'].filter((name) => Object.hasOwn(statement, name))
  const actions = statement[names[0] ?? '']
  if (names.length === 1 && strings(actions)) return listOf(actions).map(String)
  return report({
    id: 'wrong-action-element',
    element: 'Action',
    message:
      names.length === 2
        ? 'It has both Action and NotAction.'
        : actions === undefined
          ? 'It has no Action.'
          : `Its Action is ${shown(actions)}, which names none.`,
    fix: 'Write "Action": "sts:AssumeRoleWithWebIdentity".',
  })
}

function strings(value: unknown): boolean {
  const values = listOf(value)
  return values.length > 0 && values.every((one) => typeof one === 'string')
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
