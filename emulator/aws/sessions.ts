/** The temporary credentials that STS has given out: whose they are, until when, and whether they are still good. */
import { randomBytes, randomInt } from 'node:crypto'
import type { EmulatorClock } from '../options.ts'
import { letters } from './ids.ts'
import type { Role } from './roles.ts'

export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly issuedAt: number
  /** In whole seconds, as AWS tells it. */
  readonly expiresAt: number
  readonly role: Role
  /** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` */
  readonly arn: string
  /** `AROA…:SESSION` */
  readonly id: string
}

export class Sessions {
  readonly #byKey = new Map<string, Session>()
  readonly #deniedBefore = new Map<string, number>()
  readonly #clock: EmulatorClock

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  issue(role: Role, name: string, durationSeconds: number): Session {
    const now = this.#clock.now()
    const session: Session = {
      accessKeyId: `ASIA${letters(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      // Real ones start alike too; their length is nothing to rely on.
      sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(randomInt(450, 600)).toString('base64')}`,
      issuedAt: now,
      expiresAt: Math.floor(now / 1_000 + durationSeconds) * 1_000,
      role,
      arn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${name}`,
      id: `${role.id}:${name}`,
    }
    this.#byKey.set(session.accessKeyId, session)
    return session
  }

  find(accessKeyId: string): Session | undefined {
    return this.#byKey.get(accessKeyId)
  }

  expired(session: Session): boolean {
    return session.expiresAt <= this.#clock.now()
  }

  /** Whether a policy of the role denies everything to sessions as old as this one. */
  denied(session: Session): boolean {
    return session.issuedAt < (this.#deniedBefore.get(session.role.arn) ?? -Infinity)
  }

  deny(roleArn: string, issuedBefore: Date | undefined): void {
    if (issuedBefore) this.#deniedBefore.set(roleArn, issuedBefore.getTime())
    else this.#deniedBefore.delete(roleArn)
  }

  forget(accessKeyId: string): void {
    this.#byKey.delete(accessKeyId)
  }
}
