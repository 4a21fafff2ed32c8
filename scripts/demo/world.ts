/** What of the emulator the demo uses. */

export interface World {
  readonly env: Env
  /** The function runs as it. */
  readonly broker: ServiceAccount
  /** The service runs as it. */
  readonly app: ServiceAccount
  readonly appEnv: Env
  readonly roleArn: string
  readonly secretManager: { readonly calls: Counted }
  readonly sts: {
    readonly calls: Counted
    /** Returns what ends the fault again. */
    fault(rule: { readonly kind: 'status'; readonly status: number }): () => void
    setTrustPolicy(roleArn: string, policy: unknown): void
  }
  readonly s3: { readonly calls: Counted }
}

export interface ServiceAccount {
  readonly email: string
  readonly uniqueId: string
}

export type Env = Readonly<Record<string, string>>

export interface Counted {
  count(filter?: { readonly operation?: string; readonly caller?: string; readonly status?: string }): number
}
