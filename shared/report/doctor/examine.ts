/** The doctor: asks, judges, and puts what was found in the order of causes. Read only; it holds no secret. */
import { inParallel } from '../../core/bounded.ts'
import { correctedClock } from '../../core/clock-skew.ts'
import { KeyferryError } from '../../core/errors.ts'
import type { Clock, HttpTransport, Random, Sleep } from '../../core/ports.ts'
import { redact } from '../../core/redaction.ts'
import { targetsNamed } from '../../core/target-names.ts'
import type { Target } from '../../core/target.ts'
import {
  CATALOGUE,
  CHECK_IDS,
  docOf,
  type CheckId,
  type MachineCheckId,
  type TargetCheckId,
} from './catalogue.ts'
import type { Check, CheckLevel, Finding } from './check.ts'
import { OF_MACHINE, OF_TARGET } from './checks.ts'
import type { MachineFacts } from './facts.ts'
import { gatherTarget, origins } from './gather.ts'
import { serviceDates } from './service-dates.ts'
import type { DoctorRole, Subject } from './subject.ts'
import { subjectsIn } from './subjects.ts'

/** What `keyferry doctor --json` prints. */
export interface DoctorReport {
  /** Whether no check failed. */
  readonly ok: boolean
  readonly checkedAt: string
  readonly as: DoctorRole
  /** The likeliest root cause of what failed or, where nothing did, of the warnings. */
  readonly mostLikely?: MostLikely
  readonly counts: Readonly<Record<CheckLevel, number>>
  /** In the order of causes: the machine’s, then each target’s. */
  readonly checks: readonly Check[]
}

export interface MostLikely extends Pick<Check, 'id' | 'target' | 'fix' | 'policy' | 'doc'> {
  readonly cause: string
}

export interface ExamineOptions {
  readonly env: NodeJS.ProcessEnv
  /** Every call goes through it, but those that AWS’s own client signs. */
  readonly http: HttpTransport
  readonly clock?: Clock
  /** @default 'writer' */
  readonly as?: DoctorRole
  /** Names of targets. @default all of them */
  readonly targets?: readonly string[]
  /** The text of the role’s trust policy, as JSON. */
  readonly policy?: string | undefined
  /** @default that of this process */
  readonly nodeVersion?: string
  readonly hasPackage: (name: string) => boolean
  readonly sleep?: Sleep
  readonly random?: Random
}

/** Each takes a handful of reads, of which a project has 600 a minute. */
const TARGETS_AT_ONCE = 10

/** Rejects with TARGET_UNKNOWN, or CONFIG_INVALID for a policy that could be of several roles; everything else that is wrong is a check. */
export async function examine(options: ExamineOptions): Promise<DoctorReport> {
  const { env, http, clock = Date, as = 'writer', policy, hasPackage, sleep, random } = options
  const { subjects, problems } = await subjectsIn(env, as)
  const named = namedOf(subjects, problems, options.targets)
  if (policy !== undefined && new Set(named.map(({ exchange }) => exchange?.roleArn)).size > 1)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `A trust policy is of one role, and there are several here: name the target that it is of (${named.map(({ name }) => name).join(', ')}).`,
    )
  const corrected = correctedClock(clock)
  const dates = await serviceDates(origins(named, env), http, corrected)
  const facts = await inParallel(named, TARGETS_AT_ONCE, (subject) =>
    gatherTarget(subject, { as, env, http, clock: corrected, dates, policy, sleep, random }),
  )
  const machine: MachineFacts = {
    as,
    env,
    nodeVersion: options.nodeVersion ?? process.version,
    hasPackage,
    problems,
    targets: named.length,
    dates,
  }
  const checks = [
    ...CHECK_IDS.filter(isOfMachine).map((id) => checkOf(id, OF_MACHINE[id], machine)),
    ...facts.flatMap((each) =>
      CHECK_IDS.filter(isOfTarget).map((id) => checkOf(id, OF_TARGET[id], each, each.subject.name)),
    ),
  ]
  const mostLikely = mostLikelyOf(checks)
  const count = (level: CheckLevel): number => checks.filter((check) => check.level === level).length
  return {
    ok: count('fail') === 0,
    checkedAt: new Date(clock.now()).toISOString(),
    as,
    ...(mostLikely && { mostLikely }),
    counts: { ok: count('ok'), warn: count('warn'), fail: count('fail'), skipped: count('skipped') },
    checks,
  }
}

function checkOf<F>(id: CheckId, look: (facts: F) => Finding, facts: F, target?: string): Check {
  const { says, cause, also, ...finding } = look(facts)
  // What services say goes through here: the adapters redact it, and once more does no harm.
  return {
    id,
    ...(target !== undefined && { target }),
    title: CATALOGUE[id].title,
    ...finding,
    says: redact(says),
    ...(cause !== undefined && { cause: redact(cause) }),
    ...(also && { also: also.map((each) => redact(each)) }),
    doc: docOf(id),
  }
}

/** What stands furthest up in the order of causes: the rest may follow from it. */
function mostLikelyOf(checks: readonly Check[]): MostLikely | undefined {
  for (const level of ['fail', 'warn'] as const) {
    const found = checks
      .filter((check) => check.level === level)
      .toSorted((a, b) => CHECK_IDS.indexOf(a.id) - CHECK_IDS.indexOf(b.id))[0]
    if (!found) continue
    const { id, target, fix, policy, doc, cause = found.says } = found
    return {
      id,
      ...(target !== undefined && { target }),
      cause,
      ...(fix && { fix }),
      ...(policy && { policy }),
      doc,
    }
  }
  return undefined
}

function namedOf(
  subjects: readonly Subject[],
  problems: readonly string[],
  names: readonly string[] = [],
): readonly Subject[] {
  // A target that is named may be one that could not be read.
  if (problems.length > 0) return subjects.filter(({ name }) => names.length === 0 || names.includes(name))
  return targetsNamed(subjects as readonly Target[], names) as readonly Subject[]
}

function isOfMachine(id: CheckId): id is MachineCheckId {
  return CATALOGUE[id].about === 'machine'
}

function isOfTarget(id: CheckId): id is TargetCheckId {
  return CATALOGUE[id].about === 'target'
}
