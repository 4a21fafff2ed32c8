/** Where credentials are loaded from, and when: all that differs between a bare provider and a store. */
import type { CredentialOrigin } from './events.ts'
import type { KeyferryError } from './errors.ts'

/** The caching rules ask it; they know neither secrets nor exchanges. Instants are milliseconds since the epoch. */
export interface CredentialSource<C> {
  readonly kind: 'provider' | 'store'
  /** Resolves to what may be held, or to `undefined` where there is nothing newer, which is no failure. */
  load(task: LoadTask<C>): Promise<Loaded<C> | undefined>
  /** From when on a load is due for what is held. Asked again after every load and change of state. */
  dueAt(held: Held<C>, now: number): number
  /** From when on what is held counts as advisory. */
  advisoryAt(held: Held<C>): number
  /** Newer credentials are held: forget the failures, draw the instants. */
  onHeld(held: Held<C>): void
  /** A load failed with something valid held: back off. */
  onFailed(error: unknown, now: number): void
  /**
   * A load was frozen with its process, so that its failure says nothing and its connections are dead; or the clock was set
   * back, and what was not to be done before some time would have to wait for it.
   */
  onThawed(now: number): void
}

export interface LoadTask<C> {
  /**
   * - `first`: nothing valid is held; what can be had is wanted.
   * - `due`: `dueAt` has come.
   * - `suspect`: AWS refused the held key.
   * - `forced`: the SDK wants to be sure; nothing is to be minted where reading can answer.
   */
  readonly purpose: 'first' | 'due' | 'suspect' | 'forced'
  /** Absent where nothing valid is held. */
  readonly held: Held<C> | undefined
  /** To be called before minting: it takes longer than reading, and who waits waits longer. */
  readonly mints: () => void
  /** To be called where what is held must not be handed out any more. */
  readonly withdraw: (reason: KeyferryError) => void
}

export interface Loaded<C> {
  readonly credentials: C
  readonly origin: CredentialOrigin
  /** Of the secret, where the credentials are in it. */
  readonly version?: number
  readonly provenance?: { readonly issuedAt: Date; readonly refreshAfter: Date }
}

export interface Held<C> extends Loaded<C> {
  /** The one promise that every caller gets. */
  readonly promise: Promise<C>
  readonly since: number
  /** By the clock of the rules, which may say so earlier than the credentials do; `Infinity` for those without an expiration. */
  readonly expiresAt: number
  /** AWS refused it. */
  suspect: boolean
}
